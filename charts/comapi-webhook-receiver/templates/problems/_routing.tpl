{{- define "comapi.problems.routing" -}}
{{- with .Values -}}
{{- if .ingress.enabled -}}
{{- if not .ingress.host }}
ingress.host is missing: set the host name that the provider calls
{{- end }}
{{- if and .ingress.tls.enabled (not .ingress.tls.secretName) }}
ingress.tls.secretName is missing: name the TLS Secret, or set ingress.tls.enabled=false where TLS ends in front of the controller
{{- end }}
{{- end -}}
{{- if and .httpRoute.enabled (not .httpRoute.parentRefs) }}
httpRoute.parentRefs is empty: name the Gateway, for example --set 'httpRoute.parentRefs[0].name=public'
{{- end }}
{{- if ne .service.type "LoadBalancer" -}}
{{- range $field := list "loadBalancerClass" "loadBalancerSourceRanges" -}}
{{- if get $.Values.service $field }}
service.{{ $field }} is set but service.type is {{ $.Values.service.type }}: set it to LoadBalancer, or leave {{ $field }} out
{{- end -}}
{{- end -}}
{{- end -}}
{{- if eq .service.type "ClusterIP" -}}
{{- range $field := list "nodePort" "externalTrafficPolicy" -}}
{{- if get $.Values.service $field }}
service.{{ $field }} is set but service.type is ClusterIP: set it to NodePort or LoadBalancer, or leave {{ $field }} out
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq .service.ipFamilyPolicy "SingleStack") (gt (len .service.ipFamilies) 1) }}
service.ipFamilies has two families but service.ipFamilyPolicy is SingleStack: set PreferDualStack or RequireDualStack
{{- end }}
{{- end -}}
{{- end -}}
