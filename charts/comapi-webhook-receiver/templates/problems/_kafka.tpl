{{- define "comapi.problems.kafka" -}}
{{- if eq (include "comapi.store" .) "kafka" -}}
{{- with .Values.kafka -}}
{{- $saslSecret := or .sasl.existingSecret .sasl.secretProviderClass -}}
{{- include "comapi.problems.twoSecrets" (list "kafka.sasl" .sasl) }}
{{- $needsSecret := include "comapi.kafkaSaslSecret" $ -}}
{{- if and $needsSecret (not $saslSecret) }}
kafka.sasl.mechanism is set but kafka.sasl.existingSecret is not: name the Secret with the password
{{- end }}
{{- include "comapi.problems.kafkaOauth" $ }}
{{- if and $saslSecret (not .sasl.mechanism) }}
kafka.sasl.existingSecret is set but kafka.sasl.mechanism is not: set plain, scram-sha-256, scram-sha-512 or oauthbearer
{{- end }}
{{- if and $needsSecret .sasl.secretProviderClass (not .sasl.username) }}
kafka.sasl.username is missing: it cannot be read from kafka.sasl.secretProviderClass, so set it here
{{- end }}
{{- if and .sasl.mechanism (not (include "comapi.kafkaTlsOn" $)) (not .sasl.allowPlaintext) }}
kafka.sasl.mechanism is set but kafka.tls.enabled is false: the password, or what it can be guessed from, would cross the network. Set kafka.tls.enabled=true, or kafka.sasl.allowPlaintext=true where nobody else is on the network
{{- end }}
{{- include "comapi.problems.kafkaTls" $ }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "comapi.problems.kafkaOauth" -}}
{{- with .Values.kafka.sasl -}}
{{- $provider := .oauth.provider -}}
{{- if and (eq .mechanism "oauthbearer") (not $provider) }}
kafka.sasl.oauth.provider is missing: kafka.sasl.mechanism=oauthbearer needs token-file, client-credentials or aws-msk-iam
{{- end }}
{{- if and $provider (ne .mechanism "oauthbearer") }}
kafka.sasl.oauth.provider is set but kafka.sasl.mechanism is not oauthbearer: set it
{{- end }}
{{- if and (eq $provider "token-file") (eq (empty .oauth.tokenFile) (empty .oauth.audience)) }}
kafka.sasl.oauth needs either tokenFile or audience with provider=token-file: a file that something else writes, or a service account token
{{- end }}
{{- if and (eq $provider "client-credentials") (not .oauth.tokenEndpoint) }}
kafka.sasl.oauth.tokenEndpoint is missing: provider=client-credentials asks there for tokens
{{- end }}
{{- if and .oauth.audience (ne $provider "token-file") }}
kafka.sasl.oauth.audience is set but provider is not token-file: it is that of a service account token. Remove it
{{- end }}
{{- if and .oauth.tokenEndpoint (ne $provider "client-credentials") }}
kafka.sasl.oauth.tokenEndpoint is set but provider is not client-credentials: remove it
{{- end }}
{{- if and (eq $provider "aws-msk-iam") (not .oauth.region) }}
kafka.sasl.oauth.region is missing: provider=aws-msk-iam signs tokens for the region of the cluster
{{- end }}
{{- $isOfAccount := or (eq $provider "aws-msk-iam") (and (eq $provider "token-file") .oauth.audience) -}}
{{- if and $.Values.topics.create $isOfAccount (not (include "comapi.topicsServiceAccount" $)) }}
topics.create cannot log in with the service account of the release: the job runs before the release makes it. Name one that is there by topics.serviceAccountName, or set serviceAccount.create=false and serviceAccount.name
{{- end }}
{{- end -}}
{{- end -}}
