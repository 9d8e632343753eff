{{- define "comapi.problems.registration" -}}
{{- with .Values.registration -}}
{{- if .enabled -}}
{{- if not (include "comapi.baseUrl" $) }}
publicUrl is missing: set it for registration, or enable ingress or httpRoute with a host name
{{- end }}
{{- end -}}
{{- if or .enabled $.Values.reconcile.enabled -}}
{{- include "comapi.problems.twoSecrets" (list "registration" .) }}
{{- if not (or .existingSecret .secretProviderClass) }}
registration.existingSecret is missing: name the Secret with the API user's username and password{{ if not .enabled }}, for reconcile{{ end }}
{{- else if and .secretProviderClass (kindIs "invalid" $.Values.env.COMAPI_API_USERNAME) }}
env.COMAPI_API_USERNAME is missing: it cannot be read from registration.secretProviderClass, so set it there
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
