{{- /* Kind of the receivers' workload: StatefulSet with a spool, otherwise Deployment. */ -}}
{{- define "comapi.receiverKind" }}{{ ternary "StatefulSet" "Deployment" .Values.spool.enabled }}{{ end -}}

{{- /* Fields that only a StatefulSet has. */ -}}
{{- define "comapi.spoolSet" -}}
serviceName: {{ include "comapi.fullname" . }}-receiver-metrics
# Receivers start in parallel, so the first ready one can accept deliveries.
podManagementPolicy: Parallel
updateStrategy:
  type: RollingUpdate
# Events on the volume of a removed pod were answered 200 and exist nowhere else. Only a person may delete the volume, once it is empty.
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

{{- /* Number of bytes that the spool may use: 80 % of the volume. The file system needs the rest. */ -}}
{{- define "comapi.spoolMaxBytes" -}}
{{- $units := dict "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- with .Values.spool.size }}{{ div (mul 8 (regexFind "^[0-9]+" .) (get $units (regexFind "[MGT]i$" .))) 10 }}{{ end -}}
{{- end -}}

{{- /* The spool is a subdirectory of the mounted volume, because the root of a volume may contain files of the file system. */ -}}
{{- define "comapi.spoolVolumeMount" -}}
{{- if .Values.spool.enabled }}
- name: spool
  mountPath: /var/lib/comapi-webhook
{{- end }}
{{- end -}}
