{{- define "comapi.problems.reconcile" -}}
{{- if .Values.reconcile.enabled -}}
{{- if eq (include "comapi.store" .) "rabbitmq" }}
reconcile.enabled: the events in RabbitMQ's queues cannot be read without taking them. Disable it
{{- end }}
{{- with .Values.registration }}
{{- if not (or .existingSecret .secretProviderClass) }}
registration.existingSecret is missing: name the Secret with the API user's username and password, for reconcile
{{- end }}
{{- if not .enabled }}{{ include "comapi.problems.twoSecrets" (list "registration" .) }}{{ end }}
{{- end }}
{{- end -}}
{{- end -}}
