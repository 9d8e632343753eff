{{- define "comapi.problems.registration" -}}
{{- with .Values.registration -}}
{{- if .enabled -}}
{{- if not (include "comapi.baseUrl" $) }}
publicUrl is missing: registration needs it. Set it, or enable ingress or httpRoute with a host name
{{- end }}
{{- end -}}
{{- if or .enabled $.Values.reconcile.enabled -}}
{{- include "comapi.problems.twoSecrets" (list "registration" .) }}
{{- if not (or .existingSecret .secretProviderClass) }}
registration.existingSecret is missing: {{ if .enabled }}registration{{ else }}reconcile{{ end }} needs the API user. Name the Secret with its username and password
{{- else if and .secretProviderClass (kindIs "invalid" $.Values.env.COMAPI_API_USERNAME) }}
env.COMAPI_API_USERNAME is missing: registration.secretProviderClass cannot provide a user name. Set it in env
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
