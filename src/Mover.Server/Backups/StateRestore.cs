using System.Security.Cryptography;
using Mover.Server.Arm;
using Mover.Server.DataFolders;
using Mover.Server.Documents;
using Mover.Server.Keys;
using Mover.State;
using Mover.State.Backups;
using Mover.State.Copies;

namespace Mover.Server.Backups;

/// <summary>What a restore did.</summary>
/// <param name="Copy">The state.</param>
/// <param name="Mark">What the store notes of it.</param>
/// <param name="Files">Files of the data folder that it wrote: the key ring, or the keys of an older backup.</param>
/// <param name="UsedAt">When a server last used the data folder, as far as its files tell; null when none has.</param>
public sealed record StateRestored(CopyResult Copy, RestoreMark Mark, int Files, DateTimeOffset? UsedAt);

/// <summary>
/// Writes a backup into an empty store of either engine. All of it is read and checked before anything is written. No lease is in it; the
/// claims of runs are void, and those that follow have epochs above all that the lost control plane may have given out.
/// </summary>
public static class StateRestore
{
    /// <summary>
    /// Restores. Throws <see cref="StateException"/> or <see cref="DataFolderException"/>, saying why, and then the target holds nothing,
    /// or the marked beginning that the same command finishes.
    /// </summary>
    public static async Task<StateRestored> RunAsync(
        string file, StatePlace to, BackupKeys keys, bool overwritesUnfinished, TimeProvider clock, ILoggerFactory loggers,
        IProgress<long>? progress, CancellationToken cancel)
    {
        to.CheckFolder();
        if (!IsBackup(file))
        {
            return await FromArchiveAsync(file, to, overwritesUnfinished, clock, loggers, progress, cancel);
        }

        await using var backup = await OpenAsync(file, keys, to.DataFolder, cancel);
        var before = await CheckAsync(backup, cancel);
        await to.CheckOwnerAsync(backup, cancel);
        var ring = await backup.ReadRingAsync(cancel);
        var usedAt = UsedAt(to);
        await using var target = await to.OpenAsync(clock, loggers, cancel);
        var files = ring is not null && KeyRingFile.PutOwn(to.DataFolder, ring) ? 1 : 0;
        return await WriteAsync(backup, before, target, files, usedAt, overwritesUnfinished, clock, progress, cancel);
    }

    /// <summary>Opens a backup to read it.</summary>
    internal static async Task<BackupFile> OpenAsync(string file, BackupKeys keys, string dataFolder, CancellationToken cancel)
    {
        var backup = await BackupFile.OpenAsync(file, cancel);
        var key = await keys.OpenAsync(backup.Header.Seal, file, dataFolder, cancel);
        backup.Unlock(key);
        CryptographicOperations.ZeroMemory(key);
        return backup;
    }

    /// <summary>Whether a file is a backup of this form; otherwise it may be an archive of a data folder, which came before.</summary>
    internal static bool IsBackup(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var start = new byte[32];
            return BackupFormat.IsBackup(start.AsSpan(0, stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(file, $"it is not a readable backup: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    private static async Task<StateRestored> FromArchiveAsync(
        string file, StatePlace to, bool overwritesUnfinished, TimeProvider clock, ILoggerFactory loggers, IProgress<long>? progress,
        CancellationToken cancel)
    {
        var usedAt = UsedAt(to);
        using var archive = StateArchive.Open(file, to.DataFolder);
        await using var state = StateFile.Snapshot(archive.StatePath, $"archive of {archive.MadeAt:u}", archive.MadeAt);
        var before = await CheckAsync(state, cancel);
        await using var target = await to.OpenAsync(clock, loggers, cancel);
        var files = archive.PutFiles(to.DataFolder);
        return await WriteAsync(state, before, target, files, usedAt, overwritesUnfinished, clock, progress, cancel);
    }

    private static async Task<StateRestored> WriteAsync(
        IStateSnapshot source, RestoreMark? before, IStateStore target, int files, DateTimeOffset? usedAt, bool overwritesUnfinished,
        TimeProvider clock, IProgress<long>? progress, CancellationToken cancel)
    {
        var stamp = StateMove.Stamp(clock);
        var mark = RestoreMark.Of(source, before, stamp.At);
        var terms = new CopyTerms(CopyKinds.Restore, stamp)
        {
            OverwritesUnfinished = overwritesUnfinished,
            Restored = mark,
            Change = entry => VoidClaims.Change(entry, mark, stamp),
        };
        return new(await new StateCopy(source, target, terms, clock).RunAsync(progress, cancel), mark, files, usedAt);
    }

    // To its end: only then is a backup known to be whole.
    private static async Task<RestoreMark?> CheckAsync(IStateSnapshot source, CancellationToken cancel)
    {
        RestoreMark? before = null;
        await foreach (var entry in source.ReadAsync(cancel))
        {
            before = entry.Key == RestoreMark.Key.Stored
                ? State.Documents.DocumentStore.Open(entry, StoreMarksJson.Default.RestoreMark).Value
                : before;
        }

        return before;
    }

    // A server writes its lock when it begins and ends, and its log with each commit.
    private static DateTimeOffset? UsedAt(StatePlace place)
    {
        var traces = new[] { ".lock", "-wal", "-shm" }
            .Select(end => new FileInfo(Path.Combine(place.DataFolder, StateEngine.FileName + end)))
            .Where(file => file.Exists).Select(file => new DateTimeOffset(file.LastWriteTimeUtc)).ToList();
        return traces.Count > 0 ? traces.Max() : null;
    }
}
