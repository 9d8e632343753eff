{{- /* Hosts of the Ingress, as a JSON array. */ -}}
{{- define "comapi.ingressHosts" -}}
{{- $hosts := list .Values.ingress.host -}}
{{- range .Values.ingress.extraHosts }}{{ $hosts = append $hosts .host }}{{ end -}}
{{- toJson $hosts -}}
{{- end -}}

{{- /* Hosts of the Ingress, grouped by the Secret of their certificate, as JSON. The key "" is the controller's default certificate. */ -}}
{{- define "comapi.ingressCertificates" -}}
{{- $shared := .Values.ingress.tls.secretName -}}
{{- $certificates := dict -}}
{{- range prepend .Values.ingress.extraHosts (dict "host" .Values.ingress.host) -}}
{{- $secretName := default $shared .secretName -}}
{{- $_ := set $certificates $secretName (append (default (list) (get $certificates $secretName)) .host) -}}
{{- end -}}
{{- toJson $certificates -}}
{{- end -}}
