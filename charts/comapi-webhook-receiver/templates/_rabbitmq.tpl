{{- define "comapi.rabbitmqEnv" -}}
{{- with .Values.rabbitmq -}}
- name: RABBITMQ_URL_FILE
  value: {{ include "comapi.storeFile" $ }}
{{- if .exchange }}
- name: RABBITMQ_EXCHANGE
  value: {{ .exchange | quote }}
{{- else }}
- name: RABBITMQ_QUEUE
  value: {{ .queue | quote }}
{{- end }}
{{- with include "comapi.topicRules" .queueRules }}
- name: TOPIC_RULES
  value: {{ . | quote }}
{{- end }}
{{- end -}}
{{- end -}}
