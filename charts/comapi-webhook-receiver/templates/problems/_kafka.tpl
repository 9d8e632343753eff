{{- define "comapi.problems.kafka" -}}
{{- if eq (include "comapi.store" .) "kafka" -}}
{{- $isTls := include "comapi.kafkaTlsOn" . -}}
{{- $tls := .Values.store.tls -}}
{{- if and (not $isTls) (or $tls.existingSecret $tls.existingCaSecret $tls.secretProviderClass) }}
store.tls is set but kafka.brokers do not use TLS: write each as kafka+ssl://host:port
{{- end }}
{{- with .Values.kafka.sasl -}}
{{- $secret := include "comapi.secretOf" . -}}
{{- include "comapi.problems.twoSecrets" (list "kafka.sasl" .) }}
{{- if and .mechanism (ne .mechanism "oauthbearer") (not $secret) }}
kafka.sasl.mechanism is set but kafka.sasl.existingSecret is not: name the Secret with the password
{{- end }}
{{- if and $secret (not .mechanism) }}
kafka.sasl.existingSecret is set but kafka.sasl.mechanism is not: set plain, scram-sha-256, scram-sha-512 or oauthbearer
{{- end }}
{{- if and .secretProviderClass (not .username) }}
kafka.sasl.username is missing: kafka.sasl.secretProviderClass cannot provide a user name. Set it here
{{- end }}
{{- if and .mechanism (not $isTls) (ne (toString $.Values.env.ALLOW_PLAINTEXT) "true") }}
kafka.sasl.mechanism is set but kafka.brokers do not use TLS: the password, or data from which it can be guessed, would cross the network unencrypted. Write each broker as kafka+ssl://host:port. On a trusted network, set env.ALLOW_PLAINTEXT=true instead
{{- end }}
{{- if and $.Values.topics.create (eq .mechanism "oauthbearer") (not $secret) (not (include "comapi.topicsServiceAccount" $)) }}
topics.create cannot log in with the service account of the release: the job runs before the release creates it. Set serviceAccount.create=false, and serviceAccount.name to an existing service account
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
