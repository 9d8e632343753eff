{{- define "comapi.problems.kafka" -}}
{{- with .Values.kafka -}}
{{- $saslSecret := or .sasl.existingSecret .sasl.secretProviderClass -}}
{{- $tlsSecret := or .tls.existingSecret .tls.secretProviderClass -}}
{{- if not .brokers }}
kafka.brokers is empty: name at least one broker, for example --set 'kafka.brokers={kafka-bootstrap:9092}'
{{- end }}
{{- include "comapi.problems.twoSecrets" (list "kafka.tls" .tls) }}
{{- include "comapi.problems.twoSecrets" (list "kafka.sasl" .sasl) }}
{{- if and .sasl.mechanism (not $saslSecret) }}
kafka.sasl.mechanism is set but kafka.sasl.existingSecret is not: name the Secret with the password
{{- end }}
{{- if and $saslSecret (not .sasl.mechanism) }}
kafka.sasl.existingSecret is set but kafka.sasl.mechanism is not: set plain, scram-sha-256 or scram-sha-512
{{- end }}
{{- if and .sasl.secretProviderClass (not .sasl.username) }}
kafka.sasl.username is missing: it cannot be read from kafka.sasl.secretProviderClass, so set it here
{{- end }}
{{- if and .sasl.mechanism (not .tls.enabled) (not .sasl.allowPlaintext) }}
kafka.sasl.mechanism is set but kafka.tls.enabled is false: the password, or what it can be guessed from, would cross the network. Set kafka.tls.enabled=true, or kafka.sasl.allowPlaintext=true where nobody else is on the network
{{- end }}
{{- if and .tls.existingCaSecret .tls.secretProviderClass }}
kafka.tls.existingCaSecret and kafka.tls.secretProviderClass are both set: choose one
{{- end }}
{{- if and .tls.existingCaSecret (not .tls.caKey) }}
kafka.tls.caKey is missing: name the key of kafka.tls.existingCaSecret that holds the authority
{{- end }}
{{- if and .tls.existingCaSecret .tls.existingSecret (not .tls.certKey) }}
kafka.tls.existingSecret is set beside kafka.tls.existingCaSecret but kafka.tls.certKey is not: nothing of it would be used. Name the client certificate, or leave it out
{{- end }}
{{- if and (not .tls.enabled) (or $tlsSecret .tls.existingCaSecret) }}
kafka.tls.existingSecret or existingCaSecret is set but kafka.tls.enabled is false: set it to true
{{- end }}
{{- if ne (empty .tls.certKey) (empty .tls.keyKey) }}
kafka.tls.certKey and kafka.tls.keyKey belong together: set both or none
{{- end }}
{{- if and .tls.certKey (not $tlsSecret) }}
kafka.tls.certKey is set but kafka.tls.existingSecret is not: name the Secret that holds it
{{- end }}
{{- end -}}
{{- end -}}
