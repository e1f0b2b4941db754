using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Nfs;

/// <summary>One connection to the server. Used by one thread only. Connects when it is first needed, and again after it broke.</summary>
internal sealed unsafe class NfsSession(NfsOptions options, int version)
{
    /// <summary>Files that readers have open on this connection; more are opened again when their turn comes.</summary>
    private const int OpenFilesMax = 32;

    private readonly Dictionary<object, nint> _files = [];
    private nint _context;

    /// <summary>Where reads land before they are the caller's; the caller may have given up by then.</summary>
    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(1024 * 1024, pinned: true);

    /// <summary>The version that is spoken: 3 or 4.</summary>
    public int Version => version;

    public bool IsConnected => _context != 0;

    public nint Context
    {
        get
        {
            if (_context == 0)
            {
                Connect();
            }

            return _context;
        }
    }

    /// <summary>Throws the fault that a negative answer means; other answers pass.</summary>
    public int Check(int answer, string what, EntryPath path)
    {
        if (answer >= 0)
        {
            return answer;
        }

        var (fault, isBroken) = NfsFaults.Of(-answer, Error(), what, path);
        if (isBroken)
        {
            Disconnect();
        }

        throw new VolumeException(fault);
    }

    /// <summary>
    /// The reader's file on this connection, opened when it is not. What it opens is checked, because a path may lead to another file than
    /// it did on the connection before.
    /// </summary>
    public nint FileOf(object reader, byte[] path, EntryPath entryPath, Action<nint> check)
    {
        var context = Context;
        if (_files.TryGetValue(reader, out var file))
        {
            return file;
        }

        if (_files.Count >= OpenFilesMax)
        {
            Forget(_files.Keys.First());
        }

        file = Open(context, path, entryPath);
        try
        {
            check(file);
        }
        catch when (IsConnected)
        {
            _ = LibNfs.Close(context, file);
            throw;
        }

        _files[reader] = file;
        return file;
    }

    public nint Open(nint context, byte[] path, EntryPath entryPath)
    {
        nint file;
        fixed (byte* name = path)
        {
            Check(LibNfs.Open(context, name, 0, &file), "open", entryPath);
        }

        return file;
    }

    public void Forget(object reader)
    {
        if (_files.Remove(reader, out var file) && _context != 0)
        {
            _ = LibNfs.Close(_context, file);
        }
    }

    /// <summary>Closes what readers have open that were disposed.</summary>
    public void Sweep(Predicate<object> isClosed)
    {
        foreach (var reader in _files.Keys.Where(reader => isClosed(reader)).ToArray())
        {
            Forget(reader);
        }
    }

    /// <summary>Ends the connection, on the thread that uses it.</summary>
    public void Disconnect()
    {
        _files.Clear();
        if (_context != 0)
        {
            LibNfs.DestroyContext(_context);
            _context = 0;
        }
    }

    private void Connect()
    {
        _context = LibNfs.InitContext();
        _ = LibNfs.SetVersion(_context, version);
        var ports = (options.NfsPort is { } nfs ? $"&nfsport={nfs}" : "") + (options.MountPort is { } mount ? $"&mountport={mount}" : "");
        var url = LibNfs.ParseUrlDir(_context, $"nfs://server/?version={version}{ports}");
        if (url != 0)
        {
            LibNfs.DestroyUrl(url);
        }

        if (options.UserId is { } user)
        {
            LibNfs.SetUserId(_context, user);
        }

        if (options.GroupId is { } group)
        {
            LibNfs.SetGroupId(_context, group);
        }

        LibNfs.SetTimeout(_context, (int)options.CallTimeout.TotalMilliseconds);
        LibNfs.SetAutoReconnect(_context, 0);
        LibNfs.SetFolderCache(_context, 0);
        if (version == 4)
        {
            // The server tells clients apart by name and verifier: two connections with the same would end each other's state.
            var id = RandomNumberGenerator.GetBytes(8);
            LibNfs.SetClientName(_context, $"mover-{Environment.ProcessId}-{Convert.ToHexString(id)}");
            fixed (byte* verifier = id)
            {
                LibNfs.SetVerifier(_context, verifier);
            }
        }

        var mounted = LibNfs.Mount(_context, options.Host, options.Export);
        if (mounted < 0)
        {
            var what = $"mount {options.Export} of {options.Host} over NFSv{version} for";
            var text = Error();
            var (fault, _) = NfsFaults.Of(-mounted, text.Replace(NfsAdvice.NoReason, "the server gave no reason"), what, EntryPath.Root);
            Disconnect();
            throw new VolumeException(fault with { Advice = NfsAdvice.Of(fault.Kind, text, NfsAdvice.HasLowPorts()) });
        }
    }

    private string Error() =>
        Marshal.PtrToStringUTF8(LibNfs.GetError(_context)) is { Length: > 0 } text ? text : "no response from the server";
}
