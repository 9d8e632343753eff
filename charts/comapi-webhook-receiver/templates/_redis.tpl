{{- define "comapi.redisEnv" -}}
{{- with .Values.redis -}}
- name: REDIS_URL_FILE
  value: {{ include "comapi.storeFile" $ }}
- name: REDIS_STREAM
  value: {{ .stream | quote }}
{{- with include "comapi.topicRules" .streamRules }}
- name: TOPIC_RULES
  value: {{ . | quote }}
{{- end }}
{{- end -}}
{{- end -}}
