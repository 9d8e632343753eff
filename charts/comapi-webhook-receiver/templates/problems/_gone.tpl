{{- /* A value of before that is set, with what stands for it. */ -}}
{{- define "comapi.problems.gone" -}}
{{- $values := .Values -}}
{{- range $path, $instead := .Files.Get "gone-values.yaml" | fromYaml -}}
{{- $found := $values -}}
{{- range splitList "." $path }}{{ if kindIs "map" $found }}{{ $found = index $found . }}{{ end }}{{ end -}}
{{- if not (kindIs "invalid" $found) }}
{{ $path }} is gone: {{ $instead }}
{{- end }}
{{- end -}}
{{- end -}}
