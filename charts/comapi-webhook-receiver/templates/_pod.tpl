{{- /* A value for the pods of one component, as YAML: the filter's own unless it is null, else the chart's. Call with
       (list $ "component" "value"). */ -}}
{{- define "comapi.podValue" -}}
{{- $root := index . 0 -}}
{{- $name := index . 2 -}}
{{- $value := get $root.Values $name -}}
{{- if and (hasPrefix "filter" (index . 1)) (hasKey $root.Values.revisionFilter $name) -}}
{{- $own := get $root.Values.revisionFilter $name -}}
{{- if not (kindIs "invalid" $own) }}{{ $value = $own }}{{ end -}}
{{- end -}}
{{- if $value }}{{ toYaml $value }}{{ end -}}
{{- end -}}

{{- /* Where and as whom a pod runs; call with (list $ "component"). */ -}}
{{- define "comapi.podPlacement" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- include "comapi.imagePullSecrets" $root }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "comapi.withoutNulls" $root.Values.podSecurityContext | nindent 2 }}
{{- range $field := list "priorityClassName" "runtimeClassName" "schedulerName" "nodeSelector" "tolerations" "affinity" "hostAliases" "dnsPolicy" "dnsConfig" }}
{{- with include "comapi.podValue" (list $root $component $field) }}
{{ $field }}:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "comapi.imagePullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets -}}
{{- range .Values.global.imagePullSecrets }}{{ $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) }}{{ end -}}
{{- with uniq $secrets }}
imagePullSecrets:
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

{{- /* Labels and annotations of the pods of one component; call with (list $ "component"). */ -}}
{{- define "comapi.podMetadata" -}}
labels:
  {{- $own := include "comapi.podValue" (append . "podLabels") | fromYaml }}
  {{- include "comapi.labels" (append . $own) | nindent 2 }}
{{- end -}}

{{- define "comapi.podAnnotations" -}}
{{- $root := index . 0 -}}
{{- if eq (index . 1) "receiver" }}
checksum/config: {{ include "comapi.webhooksFile" $root | sha256sum }}
{{- end }}
{{- if $root.Values.scrapeAnnotations }}
prometheus.io/scrape: 'true'
prometheus.io/port: '9090'
prometheus.io/path: /metrics
{{- end }}
{{- with include "comapi.podValue" (list $root (index . 1) "podAnnotations") }}
{{ . }}
{{- end }}
{{- end -}}

{{- define "comapi.topologySpread" -}}
{{- $labels := include "comapi.selectorLabels" . | fromYaml -}}
{{- with include "comapi.podValue" (list (index . 0) (index . 1) "topologySpreadConstraints") | fromYamlArray }}
topologySpreadConstraints:
  {{- range . }}
  {{- $constraint := deepCopy . -}}
  {{- if not .labelSelector }}{{ $_ := set $constraint "labelSelector" (dict "matchLabels" $labels) }}{{ end }}
  - {{- toYaml $constraint | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- /* Seconds from SIGTERM to the exit at the latest: what the processes are told, or the program's default. */ -}}
{{- define "comapi.shutdownSeconds" }}{{ divf (include "comapi.envNumber" (list . "SHUTDOWN_TIMEOUT_MS" 25000)) 1000 | ceil }}{{ end -}}

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

{{- /* A volume with the files of a Secret, or of what the Secrets Store CSI driver mounts; call with
       (dict "name" … "from" VALUES-WITH-existingSecret-AND-secretProviderClass), and "items" for some keys only. */ -}}
{{- define "comapi.secretVolume" -}}
- name: {{ .name }}
  {{- if .from.secretProviderClass }}
  csi:
    driver: secrets-store.csi.k8s.io
    readOnly: true
    volumeAttributes:
      secretProviderClass: {{ .from.secretProviderClass }}
  {{- else }}
  secret:
    secretName: {{ .from.existingSecret }}
    defaultMode: 288 # 0440
    {{- with .items }}
    items:
      {{- range . }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
    {{- end }}
  {{- end }}
{{- end -}}
