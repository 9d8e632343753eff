{{- /* What the revision filter's pod has and the receiver's has not. */ -}}
{{- define "comapi.filter.env" -}}
{{ include "comapi.processEnv" . }}
{{- with .Values.revisionFilter.groupId }}
- name: FILTER_GROUP_ID
  value: {{ . | quote }}
{{- end }}
{{- with .Values.revisionFilter.window }}
- name: FILTER_WINDOW
  value: {{ . | quote }}
{{- end }}
{{ include "comapi.kafkaEnv" . }}
{{- end -}}

{{- define "comapi.filter.volumeMounts" }}{{ include "comapi.kafkaVolumeMounts" . }}{{ end -}}

{{- define "comapi.filter.volumes" }}{{ include "comapi.kafkaVolumes" . }}{{ end -}}
