{{- define "comapi.problems.reconcile" -}}
{{- if .Values.reconcile.enabled -}}
{{- if eq (include "comapi.store" .) "rabbitmq" }}
reconcile.enabled: the events in RabbitMQ's queues cannot be read without consuming them. Set it to false
{{- end }}
{{- end -}}
{{- end -}}
