{{- /* The Deployment of a long-running component, "receiver" or one of "comapi.filters", or the StatefulSet of receivers with a
       spool; call with (list $ "component"). What differs is in the templates comapi.KIND.env, .ports, .volumeMounts and
       .volumes. */ -}}
{{- define "comapi.deployment" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $kind := ternary "receiver" "filter" (eq $component "receiver") -}}
{{- $own := ternary $root.Values $root.Values.revisionFilter (eq $component "receiver") -}}
{{- $preStopSeconds := ternary $root.Values.shutdown.preStopSeconds 0 (eq $component "receiver") -}}
{{- $workload := ternary (include "comapi.receiverKind" $root) "Deployment" (eq $component "receiver") -}}
apiVersion: apps/v1
kind: {{ $workload }}
metadata:
  {{- $annotations := include "comapi.podValue" (list $root $component "deploymentAnnotations") | fromYaml }}
  {{- include "comapi.metadata" (list $root $component (include "comapi.componentName" .) (dict "annotations" $annotations)) | nindent 2 }}
spec:
  {{- if not (or (kindIs "invalid" $own.replicaCount) (and (eq $component "receiver") $root.Values.autoscaling.enabled)) }}
  replicas: {{ $own.replicaCount }}
  {{- else }}
  {{- with include "comapi.presentReplicas" (list $root $workload (include "comapi.componentName" .)) }}
  {{- $scaling := $root.Values.autoscaling }}
  {{- $isScaled := and (eq $component "receiver") $scaling.enabled }}
  {{- /* What the autoscaler makes of it at once: Helm may apply the StatefulSet after it, and another number would be a conflict. */}}
  replicas: {{ ternary (int . | max (int $scaling.minReplicas) | min (int $scaling.maxReplicas)) . $isScaled }}
  {{- end }}
  {{- end }}
  revisionHistoryLimit: {{ $root.Values.revisionHistoryLimit }}
  {{- with $root.Values.minReadySeconds }}
  minReadySeconds: {{ . }}
  {{- end }}
  {{- if eq $workload "StatefulSet" }}
  {{- include "comapi.spoolSet" $root | nindent 2 }}
  {{- else }}
  {{- with $root.Values.progressDeadlineSeconds }}
  progressDeadlineSeconds: {{ . }}
  {{- end }}
  {{- with include "comapi.podValue" (list $root $component "strategy") | fromYaml }}
  strategy:
    {{- (eq .type "Recreate" | ternary (omit . "rollingUpdate") .) | toYaml | nindent 4 }}
  {{- end }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "comapi.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      {{- include "comapi.podMetadata" . | nindent 6 }}
      {{- with include "comapi.podAnnotations" . | trim }}
      annotations:
        {{- . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "comapi.serviceAccountName" $root }}
      {{- include "comapi.podPlacement" . | nindent 6 }}
      {{- include "comapi.topologySpread" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ add $preStopSeconds (include "comapi.shutdownSeconds" $root) 5 }}
      {{- with $own.initContainers }}
      initContainers:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ $kind }}
          image: {{ include "comapi.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [{{ ternary "receive" "filter" (eq $component "receiver") }}]
          ports:
            {{- if eq $component "receiver" }}
            - name: http
              containerPort: 8080
            {{- end }}
            - name: management
              containerPort: 9090
          env:
            {{- include (printf "comapi.%s.env" $kind) $root | nindent 12 }}
            {{- include "comapi.env" $root | nindent 12 }}
            {{- with $own.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- with $own.envFrom }}
          envFrom:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- include "comapi.probes" $root | nindent 10 }}
          {{- if $preStopSeconds }}
          lifecycle:
            preStop:
              sleep:
                seconds: {{ $preStopSeconds }}
          {{- end }}
          resources:
            {{- toYaml $own.resources | nindent 12 }}
          securityContext:
            {{- toYaml $root.Values.securityContext | nindent 12 }}
          {{- with include (printf "comapi.%s.volumeMounts" $kind) $root | trim }}
          volumeMounts:
            {{- . | nindent 12 }}
          {{- end }}
        {{- with $own.extraContainers }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with include (printf "comapi.%s.volumes" $kind) $root | trim }}
      volumes:
        {{- . | nindent 8 }}
      {{- end }}
{{- end -}}

{{- /* How many pods the cluster has now, where an autoscaler chooses: Kubernetes runs one when an upgrade takes the number away.
       Empty where it cannot be asked, and where what applies the object by server-side apply does not own the number (any more):
       then nothing is taken away, and to name it would be a conflict with the autoscaler. Call with (list $ kind name). */ -}}
{{- define "comapi.presentReplicas" -}}
{{- $present := lookup "apps/v1" (index . 1) (index . 0).Release.Namespace (index . 2) -}}
{{- $isTaken := false -}}
{{- range dig "metadata" "managedFields" (list) $present -}}
{{- $fields := dig "fieldsV1" "f:spec" (dict) . -}}
{{- if and (eq .operation "Apply") (hasKey $fields "f:template") }}{{ $isTaken = not (hasKey $fields "f:replicas") }}{{ end -}}
{{- end -}}
{{- if not $isTaken }}{{ with dig "spec" "replicas" 0 $present }}{{ int . }}{{ end }}{{ end -}}
{{- end -}}
