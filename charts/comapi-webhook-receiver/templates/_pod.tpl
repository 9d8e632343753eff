{{- /* Where and as whom a pod runs; call with (list $ "component"). */ -}}
{{- define "comapi.podPlacement" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "comapi.withoutNulls" $root.Values.podSecurityContext | nindent 2 }}
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* A value of null means: leave the field to the cluster. */ -}}
{{- define "comapi.withoutNulls" -}}
{{- $kept := dict -}}
{{- range $key, $value := . -}}
{{- if not (kindIs "invalid" $value) }}{{ $_ := set $kept $key $value }}{{ end -}}
{{- end -}}
{{- toYaml $kept -}}
{{- end -}}

{{- define "comapi.podMetadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- include "comapi.labels" . | nindent 2 }}
  {{- with $root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "comapi.scrapeAnnotations" -}}
{{- if .Values.scrapeAnnotations }}
prometheus.io/scrape: 'true'
prometheus.io/port: '9090'
prometheus.io/path: /metrics
{{- end }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "comapi.topologySpread" -}}
{{- $labels := include "comapi.selectorLabels" . | fromYaml -}}
{{- with (index . 0).Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  {{- $constraint := deepCopy . -}}
  {{- if not .labelSelector }}{{ $_ := set $constraint "labelSelector" (dict "matchLabels" $labels) }}{{ end }}
  - {{- toYaml $constraint | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- /* Environment variables of every long-running process. */ -}}
{{- define "comapi.processEnv" -}}
- name: MANAGEMENT_PORT
  value: '9090'
{{- with .Values.config.managementHost }}
- name: MANAGEMENT_HOST
  value: {{ . | quote }}
{{- end }}
- name: SHUTDOWN_DELAY_MS
  value: {{ mul .Values.shutdown.delaySeconds 1000 | quote }}
- name: SHUTDOWN_TIMEOUT_MS
  value: {{ mul .Values.shutdown.timeoutSeconds 1000 | quote }}
- name: LOG_LEVEL
  value: {{ .Values.config.logLevel }}
{{- end -}}

{{- define "comapi.probes" -}}
startupProbe:
  httpGet:
    path: /livez
    port: management
  {{- toYaml .Values.probes.startup | nindent 2 }}
livenessProbe:
  httpGet:
    path: /livez
    port: management
  {{- toYaml .Values.probes.liveness | nindent 2 }}
readinessProbe:
  httpGet:
    path: /readyz
    port: management
  {{- toYaml .Values.probes.readiness | nindent 2 }}
{{- end -}}

{{- define "comapi.jobResources" -}}
requests:
  cpu: 50m
  memory: 96Mi
limits:
  memory: 256Mi
{{- end -}}
