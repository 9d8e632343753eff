{{- /* The spec of a pod. The spec combines SPEC, the fields of all pods of the release, and the values `podSpec` and `container`. Call
       with (list $ "component" SPEC), where SPEC is YAML. */ -}}
{{- define "comapi.podSpec" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $spec := index . 2 | fromYaml -}}
{{- range $spec.containers }}{{ include "comapi.completeContainer" (list $root $component .) }}{{ end -}}
{{- $_ := set $spec "automountServiceAccountToken" false -}}
{{- $_ := set $spec "enableServiceLinks" false -}}
{{- with include "comapi.imagePullSecrets" $root | fromYamlArray }}{{ $_ := set $spec "imagePullSecrets" . }}{{ end -}}
{{- range $name, $value := include "comapi.chosenPodSpec" (list $root $component) | fromYaml -}}
{{- if has $name (list "volumes" "containers" "initContainers") }}{{ $value = concat (default list (get $spec $name)) $value }}{{ end -}}
{{- $_ := set $spec $name $value -}}
{{- end -}}
{{- toYaml $spec -}}
{{- end -}}

{{- /* Fields that the values set for the pods of a component. For a filter, `revisionFilter.podSpec` replaces fields of the same name.
       Call with (list $ "component"). */ -}}
{{- define "comapi.chosenPodSpec" -}}
{{- $root := index . 0 -}}
{{- $chosen := deepCopy $root.Values.podSpec -}}
{{- if hasPrefix "filter" (index . 1) -}}
{{- range $name, $value := $root.Values.revisionFilter.podSpec }}{{ $_ := set $chosen $name $value }}{{ end -}}
{{- else if ne (index . 1) "receiver" -}}
{{- /* Jobs do not get these fields. A job has only one pod, and would never end with a sidecar. */ -}}
{{- $chosen = omit $chosen "containers" "initContainers" "topologySpreadConstraints" -}}
{{- end -}}
{{- with $chosen.securityContext }}{{ $_ := set $chosen "securityContext" (include "comapi.withoutNulls" . | fromYaml) }}{{ end -}}
{{- range $chosen.topologySpreadConstraints -}}
{{- if not .labelSelector -}}
{{- $_ := set . "labelSelector" (dict "matchLabels" (include "comapi.selectorLabels" $ | fromYaml)) -}}
{{- end -}}
{{- end -}}
{{- include "comapi.withoutNulls" $chosen -}}
{{- end -}}

{{- /* Adds the fields that all containers of the chart have. Call with (list $ "component" CONTAINER). */ -}}
{{- define "comapi.completeContainer" -}}
{{- $root := index . 0 -}}
{{- $container := index . 2 -}}
{{- $chosen := deepCopy $root.Values.container -}}
{{- $_ := set $container "image" (include "comapi.image" $root) -}}
{{- $_ := set $container "imagePullPolicy" $root.Values.image.pullPolicy -}}
{{- $restricted := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) -}}
{{- $_ := set $container "securityContext" (mergeOverwrite $restricted (default dict $chosen.securityContext)) -}}
{{- $more := dict "volumeMounts" $chosen.volumeMounts -}}
{{- /* The pod of `helm test` sets its own variables, to trust the authority of the receivers' certificate. */ -}}
{{- if ne (index . 1) "test" }}{{ $more = merge $more (dict "env" (include "comapi.env" $root | fromYamlArray) "envFrom" $root.Values.envFrom) }}{{ end -}}
{{- range $name, $value := $more -}}
{{- with concat (default list (get $container $name)) (default list $value) }}{{ $_ := set $container $name . }}{{ end -}}
{{- end -}}
{{- range $name := list "startupProbe" "livenessProbe" "readinessProbe" -}}
{{- with get $container $name }}{{ $_ := mergeOverwrite . (default dict (get $chosen $name)) }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "comapi.imagePullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets -}}
{{- range .Values.global.imagePullSecrets }}{{ $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) }}{{ end -}}
{{- toYaml (uniq $secrets) -}}
{{- end -}}

{{- /* Removes fields that are null, so that the cluster sets them. */ -}}
{{- define "comapi.withoutNulls" -}}
{{- $kept := dict -}}
{{- range $key, $value := . -}}
{{- if not (kindIs "invalid" $value) }}{{ $_ := set $kept $key $value }}{{ end -}}
{{- end -}}
{{- toYaml $kept -}}
{{- end -}}

{{- /* Labels of the pods of one component. Call with (list $ "component"). */ -}}
{{- define "comapi.podMetadata" -}}
labels:
  {{- include "comapi.labels" (append . (dict)) | nindent 2 }}
{{- end -}}

{{- define "comapi.podAnnotations" -}}
{{- $root := index . 0 -}}
{{- if eq (index . 1) "receiver" }}
checksum/config: {{ include "comapi.webhooksFile" $root | sha256sum }}
{{- end }}
{{- if eq $root.Values.monitor.kind "annotations" }}
prometheus.io/scrape: 'true'
prometheus.io/port: '9090'
prometheus.io/path: /metrics
{{- end }}
{{- with $root.Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Maximum seconds from SIGTERM to the exit: the configured value, or the program's default. */ -}}
{{- define "comapi.shutdownSeconds" }}{{ divf (include "comapi.envNumber" (list . "SHUTDOWN_TIMEOUT_MS" 25000)) 1000 | ceil }}{{ end -}}

{{- /* Startup and liveness probes never query the store. Readiness returns 200 from the first successful write until the shutdown. */ -}}
{{- define "comapi.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: management }
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /livez, port: management }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: management }
  periodSeconds: 3
  timeoutSeconds: 2
  failureThreshold: 2
{{- end -}}

{{- /* A volume with the files of a Secret or of a SecretProviderClass. Call with
       (dict "name" … "from" VALUES-WITH-existingSecret-AND-secretProviderClass). Add "items" to mount only some keys. */ -}}
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
