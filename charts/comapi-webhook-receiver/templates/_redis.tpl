{{- define "comapi.redisEnv" -}}
{{- with .Values.redis -}}
{{ include "comapi.urlEnv" (list "redis" .) }}
{{- if .allowPlaintext }}
- name: ALLOW_PLAINTEXT
  value: 'true'
{{- end }}
{{- if .tls.allowAnyCertificate }}
- name: REDIS_TLS_ALLOW_ANY_CERTIFICATE
  value: 'true'
{{- end }}
- name: REDIS_STREAM
  value: {{ .stream | quote }}
{{- with include "comapi.topicRules" .streamRules }}
- name: TOPIC_RULES
  value: {{ . | quote }}
{{- end }}
- name: REDIS_DEAD_LETTER_STREAM
  value: {{ .deadLetterStream | quote }}
- name: REDIS_STREAM_COUNT
  value: {{ .streamCount | quote }}
- name: REDIS_REPLICAS
  value: {{ .replicas | quote }}
{{- if .memoryOnly }}
- name: REDIS_MEMORY_ONLY
  value: 'true'
{{- end }}
{{- end -}}
{{- end -}}

{{- define "comapi.redisVolumeMounts" }}{{ include "comapi.urlVolumeMounts" (list "redis" .Values.redis) }}{{ end -}}

{{- define "comapi.redisVolumes" }}{{ include "comapi.urlVolumes" (list "redis" .Values.redis) }}{{ end -}}
