{{- define "comapi.problems.kafka" -}}
{{- if eq (include "comapi.store" .) "kafka" -}}
{{- $isTls := include "comapi.kafkaTlsOn" . -}}
{{- $tls := .Values.store.tls -}}
{{- if and (not $isTls) (or $tls.existingSecret $tls.existingCaSecret $tls.secretProviderClass) }}
store.tls is set but kafka.brokers are without TLS: write each as kafka+ssl://host:port
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
kafka.sasl.username is missing: it cannot be read from kafka.sasl.secretProviderClass, so set it here
{{- end }}
{{- if and .mechanism (not $isTls) (ne (toString $.Values.env.ALLOW_PLAINTEXT) "true") }}
kafka.sasl.mechanism is set but kafka.brokers are without TLS: the password, or what it can be guessed from, would cross the network. Write each as kafka+ssl://host:port, or set env.ALLOW_PLAINTEXT=true where nobody else is on the network
{{- end }}
{{- if and $.Values.topics.create (eq .mechanism "oauthbearer") (not $secret) (not (include "comapi.topicsServiceAccount" $)) }}
topics.create cannot log in with the service account of the release: the job runs before the release makes it. Set serviceAccount.create=false, and serviceAccount.name to one that is there
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
