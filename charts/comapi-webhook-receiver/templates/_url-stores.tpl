{{- define "comapi.rabbitmqEnv" -}}
- name: RABBITMQ_URL_FILE
  value: {{ include "comapi.storeFile" . }}
- name: {{ ternary "RABBITMQ_EXCHANGE" "RABBITMQ_QUEUE" (ne .Values.rabbitmq.exchange "") }}
  value: {{ (include "comapi.topicValues" . | fromJson).topic | quote }}
{{- end -}}

{{- define "comapi.redisEnv" -}}
- name: REDIS_URL_FILE
  value: {{ include "comapi.storeFile" . }}
- name: REDIS_STREAM
  value: {{ .Values.store.topic | quote }}
{{- end -}}
