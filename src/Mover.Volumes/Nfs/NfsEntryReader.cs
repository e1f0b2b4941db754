using Mover.Transfer.Contract;

namespace Mover.Volumes.Nfs;

/// <summary>An open file of an NFS volume; ranges are read on as many connections as are free, each with a handle of its own.</summary>
internal sealed class NfsEntryReader(NfsPool pool, Entry entry, byte[] path) : IEntryReader
{
    private volatile bool _isClosed;

    public bool IsClosed => _isClosed;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, long offsetBytes, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        var read = await pool.RunAsync(
            (session, call) => Read(session, call, FileOn(session), buffer, offsetBytes, entry), cancel);
        return read == buffer.Length || offsetBytes + read >= entry.SizeBytes ? read : throw Changed(entry);
    }

    public async ValueTask CheckUnchangedAsync(CancellationToken cancel) =>
        await pool.RunAsync(
            (session, _) =>
            {
                RequireSame(session, FileOn(session), entry);
                return true;
            },
            cancel);

    /// <summary>The connections close their handles before their next call.</summary>
    public ValueTask DisposeAsync()
    {
        _isClosed = true;
        return ValueTask.CompletedTask;
    }

    private nint FileOn(NfsSession session) =>
        session.FileOf(this, path, entry.Path, file => RequireSame(session, file, entry));

    internal static VolumeException Changed(Entry entry, Entry? now = null) =>
        new(new(
            VolumeFaultKind.Changed,
            $"{entry.Path} is not the file that was listed: {Told(entry)}, now {Told(now)}.",
            IsTransient: true));

    private static string Told(Entry? entry) => entry is null
        ? "shorter"
        : $"{entry.SizeBytes} bytes, modified {Told(entry.Modified)}, changed {Told(entry.Changed)}, inode {entry.Inode}";

    private static string Told(UnixTime? time) => time is { } known ? $"{known.Seconds}.{known.Nanoseconds:D9}" : "unknown";

    internal static unsafe void RequireSame(NfsSession session, nint file, Entry entry)
    {
        NfsStat now;
        session.Check(LibNfs.Fstat(session.Context, file, &now), "read the attributes of", entry.Path);
        if (!NfsEntries.IsSame(entry, now))
        {
            throw Changed(entry, NfsEntries.Of(entry.Path, now, session.Version, null));
        }
    }

    internal static unsafe int Read(NfsSession session, NfsCall call, nint file, Memory<byte> buffer, long offset, Entry entry,
        bool isWhole = false)
    {
        var done = 0;
        fixed (byte* landing = session.Buffer)
        {
            while (done < buffer.Length || (isWhole && done == 0))
            {
                var wanted = Math.Min(session.Buffer.Length, buffer.Length - done + (isWhole ? 1 : 0));
                var read = session.Check(
                    LibNfs.Pread(session.Context, file, (ulong)(offset + done), (ulong)wanted, landing), "read", entry.Path);
                if (read == 0)
                {
                    break;
                }

                if (read > buffer.Length - done)
                {
                    throw new VolumeException(new(
                        VolumeFaultKind.Changed, $"{entry.Path} has more data than its size of {entry.SizeBytes} bytes.",
                        IsTransient: true));
                }

                call.Copy(session.Buffer.AsSpan(0, read), buffer[done..]);
                done += read;
            }
        }

        return done;
    }
}
