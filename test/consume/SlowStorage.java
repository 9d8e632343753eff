import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.server.log.remote.storage.LogSegmentData;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager;

/**
 * Segments in a directory. The first read of each takes as long as the file `first-read-ms` there says, every read as long as
 * `every-read-ms` says.
 */
public final class SlowStorage implements RemoteStorageManager {
    private final Map<String, Boolean> read = new ConcurrentHashMap<>();
    private Path directory;

    @Override
    public void configure(Map<String, ?> configs) {
        directory = Path.of(String.valueOf(configs.get("directory")));
    }

    @Override
    public Optional<RemoteLogSegmentMetadata.CustomMetadata> copyLogSegmentData(
            RemoteLogSegmentMetadata metadata, LogSegmentData data) throws RemoteStorageException {
        try {
            Files.copy(data.logSegment(), file(metadata, "log"));
            Files.copy(data.offsetIndex(), file(metadata, "OFFSET"));
            Files.copy(data.timeIndex(), file(metadata, "TIMESTAMP"));
            Files.copy(data.producerSnapshotIndex(), file(metadata, "PRODUCER_SNAPSHOT"));
            if (data.transactionIndex().isPresent()) {
                Files.copy(data.transactionIndex().get(), file(metadata, "TRANSACTION"));
            }
            ByteBuffer epochs = data.leaderEpochIndex();
            byte[] bytes = new byte[epochs.remaining()];
            epochs.get(bytes);
            Files.write(file(metadata, "LEADER_EPOCH"), bytes);
            return Optional.empty();
        } catch (IOException e) {
            throw new RemoteStorageException(e);
        }
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start) throws RemoteStorageException {
        return fetchLogSegment(metadata, start, Integer.MAX_VALUE);
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start, int end)
            throws RemoteStorageException {
        pause(read.putIfAbsent(name(metadata), true) == null ? "first-read-ms" : "every-read-ms");
        try (InputStream in = Files.newInputStream(file(metadata, "log"))) {
            in.skipNBytes(start);
            return new ByteArrayInputStream(in.readNBytes((int) Math.min(Integer.MAX_VALUE, (long) end - start + 1)));
        } catch (IOException e) {
            throw new RemoteStorageException(e);
        }
    }

    @Override
    public InputStream fetchIndex(RemoteLogSegmentMetadata metadata, IndexType type) throws RemoteStorageException {
        try {
            Path file = file(metadata, type.name());
            if (!Files.exists(file)) {
                throw new org.apache.kafka.server.log.remote.storage.RemoteResourceNotFoundException("no " + file);
            }
            return Files.newInputStream(file);
        } catch (IOException e) {
            throw new RemoteStorageException(e);
        }
    }

    @Override
    public void deleteLogSegmentData(RemoteLogSegmentMetadata metadata) {
        for (File file : directory.toFile().listFiles((parent, name) -> name.startsWith(name(metadata)))) {
            file.delete();
        }
    }

    @Override
    public void close() {
    }

    private void pause(String setting) {
        try {
            Path file = directory.resolve(setting);
            if (Files.exists(file)) {
                Thread.sleep(Long.parseLong(Files.readString(file).trim()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String name(RemoteLogSegmentMetadata metadata) {
        return metadata.remoteLogSegmentId().id().toString();
    }

    private Path file(RemoteLogSegmentMetadata metadata, String what) {
        return directory.resolve(name(metadata) + "." + what);
    }
}
