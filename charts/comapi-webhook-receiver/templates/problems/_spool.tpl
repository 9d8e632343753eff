{{- define "comapi.problems.spool" -}}
{{- with .Values.spool -}}
{{- if .enabled -}}
{{- $units := dict "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $sizeBytes := mul (regexFind "^[0-9]+" .size) (get $units (regexFind "[MGT]i$" .size)) -}}
{{- $maxBytes := default 1073741824 .maxBytes | int64 -}}
{{- if gt (mul $maxBytes 10) (mul $sizeBytes 9) }}
spool.maxBytes is {{ $maxBytes }}{{ if not .maxBytes }} by default{{ end }}, which is more than 90 % of spool.size ({{ .size }}): the volume would be full first. Raise the size, or lower it
{{- end }}
{{- if lt $maxBytes (mul (int64 $.Values.config.maxBodyBytes) 4) }}
spool.maxBytes is {{ $maxBytes }}, which is less than 4 times config.maxBodyBytes: it must hold every body that is admitted. Raise it, or lower config.maxBodyBytes
{{- end -}}
{{- else if .maxBytes }}
spool.maxBytes is set but spool.enabled is false: nothing would be kept. Set spool.enabled=true, or leave it out
{{- end -}}
{{- end -}}
{{- end -}}
