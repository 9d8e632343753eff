{{- /* What the receivers run as. */ -}}
{{- define "comapi.receiverKind" }}{{ ternary "StatefulSet" "Deployment" .Values.spool.enabled }}{{ end -}}

{{- /* What a StatefulSet has and a Deployment has not. */ -}}
{{- define "comapi.spoolSet" -}}
serviceName: {{ include "comapi.fullname" . }}-receiver-metrics
# No receiver waits for another one, and the first that is ready takes deliveries.
podManagementPolicy: Parallel
updateStrategy:
  type: RollingUpdate
# What a pod leaves on its volume was answered 200 and is nowhere else: only a person who has seen it drained may delete it.
persistentVolumeClaimRetentionPolicy:
  whenDeleted: Retain
  whenScaled: Retain
volumeClaimTemplates:
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: spool
      labels:
        {{- include "comapi.selectorLabels" (list $ "receiver") | nindent 8 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with .Values.spool.storageClassName }}
      storageClassName: {{ . }}
      {{- end }}
      resources:
        requests:
          storage: {{ .Values.spool.size }}
{{- end -}}

{{- define "comapi.spoolEnv" -}}
{{- if .Values.spool.enabled }}
- name: SPOOL_DIR
  value: /var/lib/comapi-webhook/spool
- name: SPOOL_MAX_BYTES
  value: {{ include "comapi.spoolMaxBytes" . | quote }}
{{- end }}
{{- end -}}

{{- /* What the spool may take of its volume; a file system keeps some of it for itself. */ -}}
{{- define "comapi.spoolMaxBytes" -}}
{{- $units := dict "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- with .Values.spool.size }}{{ div (mul 8 (regexFind "^[0-9]+" .) (get $units (regexFind "[MGT]i$" .))) 10 }}{{ end -}}
{{- end -}}

{{- /* Above the directory of the spool: the root of a volume may hold what is the file system's. */ -}}
{{- define "comapi.spoolVolumeMount" -}}
{{- if .Values.spool.enabled }}
- name: spool
  mountPath: /var/lib/comapi-webhook
{{- end }}
{{- end -}}
