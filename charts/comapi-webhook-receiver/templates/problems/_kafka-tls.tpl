{{- define "comapi.problems.kafkaTls" -}}
{{- $isOn := include "comapi.kafkaTlsOn" . -}}
{{- $schemes := list -}}
{{- range .Values.kafka.brokers }}{{ $schemes = append $schemes (regexFind "^kafka([+]ssl)?://" .) | uniq }}{{ end -}}
{{- if gt (len $schemes) 1 }}
kafka.brokers mixes kafka://, kafka+ssl:// and plain host:port: one setting of TLS is for all brokers, so write all the same way
{{- end }}
{{- with .Values.kafka.tls -}}
{{- $secret := or .existingSecret .secretProviderClass -}}
{{- include "comapi.problems.twoSecrets" (list "kafka.tls" .) }}
{{- if and .enabled (has "kafka://" $schemes) }}
kafka.brokers has kafka://, which is without TLS, but kafka.tls.enabled is true: write kafka+ssl:// or host:port
{{- end }}
{{- if and .existingCaSecret .secretProviderClass }}
kafka.tls.existingCaSecret and kafka.tls.secretProviderClass are both set: choose one
{{- end }}
{{- if and .existingCaSecret (not .caKey) }}
kafka.tls.caKey is missing: name the key of kafka.tls.existingCaSecret that holds the authority
{{- end }}
{{- if and .existingCaSecret .existingSecret (not .certKey) }}
kafka.tls.existingSecret is set beside kafka.tls.existingCaSecret but kafka.tls.certKey is not: nothing of it would be used. Name the client certificate, or leave it out
{{- end }}
{{- if and (not $isOn) (or $secret .existingCaSecret) }}
kafka.tls.existingSecret or existingCaSecret is set but kafka.tls.enabled is false: set it to true
{{- end }}
{{- if and (not $isOn) .serverName }}
kafka.tls.serverName is set but kafka.tls.enabled is false: set it to true
{{- end }}
{{- if ne (empty .certKey) (empty .keyKey) }}
kafka.tls.certKey and kafka.tls.keyKey belong together: set both or none
{{- end }}
{{- if and .certKey (not $secret) }}
kafka.tls.certKey is set but kafka.tls.existingSecret is not: name the Secret that holds it
{{- end }}
{{- end -}}
{{- end -}}
