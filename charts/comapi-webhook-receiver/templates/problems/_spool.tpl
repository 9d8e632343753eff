{{- define "comapi.problems.spool" -}}
{{- if .Values.spool.enabled -}}
{{- $leastBytes := mul 4 (include "comapi.envNumber" (list . "MAX_BODY_BYTES" 10485760)) -}}
{{- if lt (include "comapi.spoolMaxBytes" . | int64) $leastBytes }}
spool.size is {{ .Values.spool.size }}: 80 % of it, which the spool may take, must hold four of the longest bodies ({{ $leastBytes }} bytes). Raise it
{{- end -}}
{{- end -}}
{{- end -}}
