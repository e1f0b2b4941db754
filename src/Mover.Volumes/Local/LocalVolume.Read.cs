using Mover.Transfer.Contract;

namespace Mover.Volumes.Local;

/// <summary>Reading files.</summary>
public sealed partial class LocalVolume
{
    /// <inheritdoc/>
    public ValueTask<IEntryReader> OpenAsync(Entry entry, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var file = OpenFile(entry);
        try
        {
            RequireSame(file, entry);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        return ValueTask.FromResult(LocalEntryReader.Over(file, entry));
    }

    /// <summary>Four system calls for a file that fits: open, read, statx, close. The attributes are compared after the reading.</summary>
    /// <inheritdoc/>
    public ValueTask<int> ReadWholeAsync(Entry entry, Memory<byte> buffer, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (entry.SizeBytes > buffer.Length)
        {
            throw new ArgumentException($"{entry.SizeBytes} bytes do not fit in {buffer.Length}.", nameof(buffer));
        }

        return ValueTask.FromResult(ReadWhole(entry, buffer.Span[..(int)entry.SizeBytes]));
    }

    private int ReadWhole(Entry entry, Span<byte> content)
    {
        using var file = OpenFile(entry);
        var (read, isMore) = LocalEntryReader.ReadToEnd(file, content, entry.Path);
        RequireSame(file, entry);
        return isMore ? throw Longer(entry) : read == content.Length ? read : throw Changed(entry);
    }

    internal static unsafe void RequireSame(Descriptor file, Entry entry)
    {
        Statx now;
        byte empty = 0;
        if (LinuxCalls.Statx(file.Number, &empty, LinuxCalls.AT_EMPTY_PATH, Statx.Wanted, &now) != 0)
        {
            throw LinuxFaults.Last("read the attributes of", entry.Path);
        }

        if (!LinuxEntries.IsSame(entry, now))
        {
            throw Changed(entry);
        }
    }

    internal static VolumeException Changed(Entry entry) =>
        new(new(VolumeFaultKind.Changed, $"{entry.Path} is not the file that was listed: size, times or inode differ.", IsTransient: true));

    internal static VolumeException Longer(Entry entry) =>
        new(new(VolumeFaultKind.Longer, $"{entry.Path} has more data than its size of {entry.SizeBytes} bytes."));

    /// <summary>O_NONBLOCK, so that a pipe which took a file's place does not hold the call until someone writes to it.</summary>
    private Descriptor OpenFile(Entry entry) =>
        _root.Open(entry.ResolvedPath ?? entry.Path, LinuxCalls.O_RDONLY | LinuxCalls.O_NONBLOCK, "open");
}

/// <summary>An open file of a Local volume.</summary>
internal sealed class LocalEntryReader : IEntryReader
{
    private readonly SharedDescriptor _file;
    private readonly Entry _entry;

    private LocalEntryReader(Descriptor file, Entry entry) => (_file, _entry) = (SharedDescriptor.Over(file), entry);

    /// <summary>Takes the descriptor over.</summary>
    public static IEntryReader Over(Descriptor file, Entry entry) => new LocalEntryReader(file, entry);

    public ValueTask<int> ReadAsync(Memory<byte> buffer, long offsetBytes, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span, offsetBytes));
    }

    public ValueTask CheckUnchangedAsync(CancellationToken cancel)
    {
        CheckUnchanged();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    private void CheckUnchanged()
    {
        using var file = _file.Hold();
        LocalVolume.RequireSame(file.Descriptor, _entry);
        Span<byte> next = stackalloc byte[1];
        if (Read(file.Descriptor, next, _entry.SizeBytes, _entry.Path) > 0)
        {
            throw LocalVolume.Longer(_entry);
        }
    }

    private int Read(Span<byte> buffer, long offsetBytes)
    {
        using var file = _file.Hold();
        var read = Read(file.Descriptor, buffer, offsetBytes, _entry.Path);
        return read == buffer.Length || offsetBytes + read >= _entry.SizeBytes ? read : throw LocalVolume.Changed(_entry);
    }

    /// <summary>
    /// Reads a whole file, and says whether it holds more than fits. Each call asks for one byte more, so that the answer comes without
    /// another call.
    /// </summary>
    internal static unsafe (int Read, bool IsMore) ReadToEnd(Descriptor file, Span<byte> buffer, EntryPath path)
    {
        var done = 0;
        byte beyond;
        var parts = stackalloc IoVector[2];
        fixed (byte* target = buffer)
        {
            do
            {
                parts[0] = new() { Start = target + done, Length = buffer.Length - done };
                parts[1] = new() { Start = &beyond, Length = 1 };
                var read = LinuxCalls.Preadv(file.Number, parts, 2, done);
                if (read == 0)
                {
                    break;
                }

                if (read > 0)
                {
                    done += (int)read;
                }
                else if (System.Runtime.InteropServices.Marshal.GetLastPInvokeError() is not LinuxFaults.EINTR)
                {
                    throw LinuxFaults.Last("read", path);
                }
            }
            while (done < buffer.Length);
        }

        return (Math.Min(done, buffer.Length), done > buffer.Length);
    }

    /// <summary>Reads until the buffer is full or the file ends.</summary>
    internal static unsafe int Read(Descriptor file, Span<byte> buffer, long offset, EntryPath path)
    {
        var done = 0;
        fixed (byte* target = buffer)
        {
            while (done < buffer.Length)
            {
                var read = LinuxCalls.Pread(file.Number, target + done, buffer.Length - done, offset + done);
                if (read == 0)
                {
                    break;
                }

                if (read > 0)
                {
                    done += (int)read;
                }
                else if (System.Runtime.InteropServices.Marshal.GetLastPInvokeError() is not LinuxFaults.EINTR)
                {
                    throw LinuxFaults.Last("read", path);
                }
            }
        }

        return done;
    }
}
