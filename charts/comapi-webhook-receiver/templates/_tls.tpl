{{- /* Not empty if the receiver serves TLS itself. */ -}}
{{- define "comapi.tls" -}}
{{- if or .Values.tls.existingSecret .Values.tls.secretProviderClass .Values.tls.issuerRef }}true{{ end -}}
{{- end -}}

{{- /* Source of the certificate and the key. */ -}}
{{- define "comapi.tlsSource" -}}
{{- if .Values.tls.secretProviderClass -}}
secretProviderClass: {{ .Values.tls.secretProviderClass }}
{{- else -}}
existingSecret: {{ default (printf "%s-tls" (include "comapi.fullname" .)) .Values.tls.existingSecret }}
{{- end -}}
{{- end -}}

{{- /* Scheme of the public port, which is also the name of the Service's port. */ -}}
{{- define "comapi.scheme" }}{{ ternary "https" "http" (ne (include "comapi.tls" .) "") }}{{ end -}}

{{- define "comapi.servicePort" -}}
{{- if kindIs "invalid" .Values.service.port }}{{ ternary 443 80 (ne (include "comapi.tls" .) "") }}{{ else }}{{ .Values.service.port }}{{ end -}}
{{- end -}}
