using System.Security.Cryptography;
using Mover.Server.Arm;
using Mover.Server.DataFolders;
using Mover.Server.Keys;
using Mover.State.Backups;
using Mover.State.Copies;

namespace Mover.Server.Backups;

/// <summary>What a backup holds.</summary>
/// <param name="Sum">The state.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="TakenAt">The moment that it shows.</param>
/// <param name="HoldsRing">The data folder's own key ring is in it.</param>
/// <param name="RingPlace">Where the key ring is that opens it; null for a passphrase.</param>
public sealed record BackupMade(StateSum Sum, long Bytes, DateTimeOffset TakenAt, bool HoldsRing, string? RingPlace);

/// <summary>Makes a backup of a state of either engine, whether servers use it or not.</summary>
public static class StateBackup
{
    /// <summary>
    /// Writes the file, which must not exist, with mode 0600; whole or not at all. With a passphrase the data folder's own key ring goes
    /// along; with the ring as the key it never does.
    /// </summary>
    public static async Task<BackupMade> MakeAsync(
        StatePlace place, string file, BackupKeys keys, TimeProvider clock, ILoggerFactory loggers, IProgress<long>? progress,
        CancellationToken cancel)
    {
        if (File.Exists(file))
        {
            throw new DataFolderException(file, "it already exists, and backups are never overwritten; use another name");
        }

        await using var snapshot = await place.SnapshotAsync(clock, loggers, cancel);
        var (key, seal) = await keys.MakeAsync(place.DataFolder, cancel);
        var ring = keys is { Passphrase: not null, KeyRing: null } ? KeyRingFile.ReadOwn(place.DataFolder) : null;
        var header = new BackupHeader(
            BackupFormat.Version, Guid.NewGuid().ToString(), snapshot.Name, snapshot.Revision, snapshot.TakenAt, seal);
        var part = $"{file}.{Guid.NewGuid():N}.part";
        try
        {
            var sum = await WriteAsync(part, header, key, snapshot, ring, progress, cancel);
            File.Move(part, file, overwrite: false);
            return new(
                sum, new FileInfo(file).Length, snapshot.TakenAt, ring is not null,
                keys.Passphrase is null ? KeyRing.Of(keys.KeyRing, place.DataFolder).Place : null);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            File.Delete(part);
        }
    }

    private static async Task<StateSum> WriteAsync(
        string path, BackupHeader header, byte[] key, State.IStateSnapshot snapshot, byte[]? ring, IProgress<long>? progress,
        CancellationToken cancel)
    {
        await using var output = Files.PrivateFile.Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 256 * 1024);
        var sum = await BackupWriter.WriteAsync(output, header, key, snapshot, ring, progress, cancel);
        RandomAccess.FlushToDisk(output.SafeFileHandle);
        return sum;
    }
}
