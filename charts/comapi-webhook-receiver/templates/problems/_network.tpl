{{- define "comapi.problems.network" -}}
{{- with .Values.networkPolicy -}}
{{- if and .enabled (not .restrictEgress) (or .storeTo .storePorts .extraEgress) }}
networkPolicy.storeTo, storePorts or extraEgress is set but networkPolicy.restrictEgress is false: they would have no effect. Set it to true
{{- end }}
{{- if and (not .enabled) .restrictEgress }}
networkPolicy.restrictEgress is true but networkPolicy.enabled is false: nothing is restricted. Set both to true
{{- end }}
{{- end -}}
{{- end -}}
