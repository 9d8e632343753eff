{{- /* Environment variables from the value `env`. */ -}}
{{- define "comapi.env" -}}
{{- range $name, $value := .Values.env }}
{{- if kindIs "map" $value }}
- name: {{ $name }}
  {{- toYaml $value | nindent 2 }}
{{- else if not (kindIs "invalid" $value) }}
- name: {{ $name }}
  value: {{ include "comapi.plainText" $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Formats a number without an exponent. */ -}}
{{- define "comapi.plainText" -}}
{{- if kindIs "float64" . }}{{ ternary (int64 .) . (eq . (float64 (int64 .))) }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{- /* Integer value of a variable in `env`, or the default if the variable is empty or has a `valueFrom`. Call with
       (list $ "NAME" DEFAULT). */ -}}
{{- define "comapi.envNumber" -}}
{{- $value := index (index . 0).Values.env (index . 1) -}}
{{- ternary (index . 2) $value (or (kindIs "invalid" $value) (kindIs "map" $value) (eq (toString $value) "")) | int64 -}}
{{- end -}}
