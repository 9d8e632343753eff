{{- /* The Deployment of a long-running component ("receiver" or one of "comapi.filters"), or the StatefulSet of receivers with
       a spool. Call with (list $ "component"). The parts in which receiver and filter differ are in the templates comapi.KIND.env,
       .ports, .volumeMounts and .volumes. */ -}}
{{- define "comapi.deployment" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $own := ternary $root.Values $root.Values.revisionFilter (eq $component "receiver") -}}
{{- $workload := ternary (include "comapi.receiverKind" $root) "Deployment" (eq $component "receiver") -}}
apiVersion: apps/v1
kind: {{ $workload }}
metadata:
  {{- include "comapi.metadata" (list $root $component (include "comapi.componentName" .)) | nindent 2 }}
spec:
  {{- if not (or (kindIs "invalid" $own.replicaCount) (and (eq $component "receiver") $root.Values.autoscaling.enabled)) }}
  replicas: {{ $own.replicaCount }}
  {{- else }}
  {{- with include "comapi.presentReplicas" (list $root $workload (include "comapi.componentName" .)) }}
  {{- $scaling := $root.Values.autoscaling }}
  {{- $isScaled := and (eq $component "receiver") $scaling.enabled }}
  {{- /* Number within the limits of the autoscaler. Otherwise, the autoscaler would change the number before Helm applies the
         StatefulSet, and Helm would report a conflict. */}}
  replicas: {{ ternary (int . | max (int $scaling.minReplicas) | min (int $scaling.maxReplicas)) . $isScaled }}
  {{- end }}
  {{- end }}
  {{- include "comapi.replacement" (list $root $workload) | nindent 2 }}
  {{- if eq $workload "StatefulSet" }}
  {{- include "comapi.spoolSet" $root | nindent 2 }}
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
      {{- include "comapi.podSpec" (append . (include "comapi.lastingPod" .)) | nindent 6 }}
{{- end -}}

{{- /* Pod fields that only receivers and filters have. Takes the same arguments as "comapi.deployment". */ -}}
{{- define "comapi.lastingPod" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $isReceiver := eq $component "receiver" -}}
{{- $kind := ternary "receiver" "filter" $isReceiver -}}
{{- $preStopSeconds := ternary $root.Values.shutdown.preStopSeconds 0 $isReceiver -}}
serviceAccountName: {{ include "comapi.serviceAccountName" $root }}
terminationGracePeriodSeconds: {{ add $preStopSeconds (include "comapi.shutdownSeconds" $root) 5 }}
containers:
  - name: {{ $kind }}
    args: [{{ ternary "receive" "filter" $isReceiver }}]
    ports:
      {{- if $isReceiver }}
      - name: http
        containerPort: 8080
      {{- end }}
      - name: management
        containerPort: 9090
    env:
      {{- include (printf "comapi.%s.env" $kind) $root | nindent 6 }}
    {{- include "comapi.probes" $root | nindent 4 }}
    {{- if $preStopSeconds }}
    lifecycle:
      preStop:
        sleep:
          seconds: {{ $preStopSeconds }}
    {{- end }}
    resources:
      {{- mergeOverwrite (deepCopy $root.Values.resources) (ternary (dict) $root.Values.revisionFilter.resources $isReceiver) | toYaml | nindent 6 }}
    {{- with include (printf "comapi.%s.volumeMounts" $kind) $root | trim }}
    volumeMounts:
      {{- . | nindent 6 }}
    {{- end }}
{{- with include (printf "comapi.%s.volumes" $kind) $root | trim }}
volumes:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* Fields that control how pods are replaced, overridden by the value `deploymentSpec`. Call with (list $ "kind of the workload"). */ -}}
{{- define "comapi.replacement" -}}
{{- $rolling := dict "type" "RollingUpdate" "rollingUpdate" (dict "maxUnavailable" 0 "maxSurge" 1) -}}
{{- $spec := mergeOverwrite (dict "revisionHistoryLimit" 5 "strategy" $rolling) (deepCopy (index . 0).Values.deploymentSpec) -}}
{{- if eq $spec.strategy.type "Recreate" }}{{ $_ := unset $spec.strategy "rollingUpdate" }}{{ end -}}
{{- /* A StatefulSet does not have these fields. It replaces its pods one by one. */ -}}
{{- if eq (index . 1) "StatefulSet" }}{{ $spec = omit $spec "strategy" "progressDeadlineSeconds" }}{{ end -}}
{{- toYaml $spec -}}
{{- end -}}

{{- /* Current number of pods in the cluster, if an autoscaler sets the number. If an upgrade removed the field `replicas`, Kubernetes
       would run one pod. Empty if the cluster cannot be queried. Also empty with server-side apply if Helm does not own the field, or
       shares it with an autoscaler: the field then remains, and a different number would cause a conflict.
       Call with (list $ kind name). */ -}}
{{- define "comapi.presentReplicas" -}}
{{- $present := lookup "apps/v1" (index . 1) (index . 0).Release.Namespace (index . 2) -}}
{{- $isApplied := false -}}
{{- $isOwn := false -}}
{{- $isShared := false -}}
{{- range dig "metadata" "managedFields" (list) $present -}}
{{- $fields := dig "fieldsV1" "f:spec" (dict) . -}}
{{- if and (eq .operation "Apply") (hasKey $fields "f:template") }}{{ $isApplied = true }}{{ $isOwn = hasKey $fields "f:replicas" }}{{ end -}}
{{- if and (eq (dig "subresource" "" .) "scale") (hasKey $fields "f:replicas") }}{{ $isShared = true }}{{ end -}}
{{- end -}}
{{- if not (and $isApplied (or $isShared (not $isOwn))) }}{{ with dig "spec" "replicas" 0 $present }}{{ int . }}{{ end }}{{ end -}}
{{- end -}}
