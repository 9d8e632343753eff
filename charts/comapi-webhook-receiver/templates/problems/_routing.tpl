{{- define "comapi.problems.routing" -}}
{{- with .Values -}}
{{- if .ingress.enabled -}}
{{- if not .ingress.host }}
ingress.host is missing: set the host name that the provider calls
{{- end }}
{{- $hosts := include "comapi.ingressHosts" $ | fromJsonArray -}}
{{- if ne (len $hosts) (len (uniq $hosts)) }}
ingress.extraHosts names a host twice, or repeats ingress.host: name each host once
{{- end }}
{{- range $i, $extra := .ingress.extraHosts -}}
{{- if and $extra.secretName (not $.Values.ingress.tls.enabled) }}
ingress.extraHosts[{{ $i }}].secretName is set but ingress.tls.enabled is false: nothing would serve that certificate. Set it to true, or remove the name
{{- end }}
{{- end }}
{{- end -}}
{{- if and .httpRoute.enabled (not .httpRoute.parentRefs) }}
httpRoute.parentRefs is empty: name the Gateway, for example --set 'httpRoute.parentRefs[0].name=public'
{{- end }}
{{- end -}}
{{- end -}}
