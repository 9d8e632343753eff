{{- define "comapi.problems.registration" -}}
{{- with .Values.registration -}}
{{- if .enabled -}}
{{- if not (or .existingSecret .secretProviderClass) }}
registration.existingSecret is missing: name the Secret with the API user's username and password
{{- end }}
{{- include "comapi.problems.twoSecrets" (list "registration" .) }}
{{- if not (include "comapi.baseUrl" $) }}
publicUrl is missing: set it for registration, or enable ingress or httpRoute with a host name
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
