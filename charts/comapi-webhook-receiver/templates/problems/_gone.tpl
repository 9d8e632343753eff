{{- /* Reports removed values that are set, with their replacement. */ -}}
{{- define "comapi.problems.gone" -}}
{{- $values := .Values -}}
{{- range $path, $instead := .Files.Get "gone-values.yaml" | fromYaml -}}
{{- $found := list $values -}}
{{- range $part := splitList "." $path -}}
{{- $inner := list -}}
{{- range $found -}}
{{- if kindIs "map" . -}}
{{- $each := index . (trimSuffix "[]" $part) -}}
{{- if hasSuffix "[]" $part }}{{ $inner = concat $inner (default list $each) }}{{ else if not (kindIs "invalid" $each) }}{{ $inner = append $inner $each }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $found = $inner -}}
{{- end -}}
{{- if $found }}
{{ $path }} was removed: {{ $instead }}
{{- end }}
{{- end -}}
{{- end -}}
