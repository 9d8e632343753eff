{{- define "comapi.problems.canary" -}}
{{- with .Values.canary -}}
{{- if and (or .enabled .probe.enabled) (not (include "comapi.baseUrl" $)) }}
publicUrl is missing: set it for canary, or enable ingress or httpRoute with a host name
{{- end }}
{{- if and .enabled .bodyBytes (gt (int64 .bodyBytes) (int64 $.Values.config.maxBodyBytes)) }}
canary.bodyBytes is more than config.maxBodyBytes: the receiver would refuse every canary. Set it lower, or to null
{{- end }}
{{- if and .probe.enabled (not .probe.prober) }}
canary.probe.prober is missing: name the blackbox exporter, for example --set canary.probe.prober=blackbox-exporter.monitoring:9115
{{- end }}
{{- end -}}
{{- end -}}
