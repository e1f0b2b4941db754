using Mover.Transfer.Contract;

namespace Mover.Volumes.Nfs;

/// <summary>
/// The connections of one volume. NFSv4 may send owners as names, which nobody here can turn into numbers; NFSv3 has numbers. So, where
/// either version will do, the first answer with an owner that is not known leads to NFSv3, if the server speaks that for the same folder.
/// Files that are open stay on the connections they were opened on. Safe for concurrent use.
/// </summary>
internal sealed class NfsPools(NfsOptions options, int version) : IAsyncDisposable
{
    private readonly SemaphoreSlim _changing = new(1);
    private readonly NfsPool _first = new(options, version);
    private bool _isAsked = options.Version is not NfsVersion.Auto;
    private volatile NfsPool? _numeric;
    private volatile string? _whyNoNumbers = options.Version is NfsVersion.Auto ? null : "The endpoint requires NFSv4.";

    public NfsPool Current => _numeric ?? _first;

    /// <summary>Why owners that come by name stay unknown; null when that was not asked yet.</summary>
    public string? WhyNoNumbers => _whyNoNumbers;

    /// <summary>Runs a call, and once more over NFSv3 when it has to be that for the owners in its answer.</summary>
    /// <param name="body">The call; it only reads.</param>
    /// <param name="hasUnknown">True for an answer with owners that are not known.</param>
    /// <param name="findRoot">Finds the volume's root.</param>
    /// <param name="cancel">Stops it by throwing.</param>
    public async Task<T> RunAsync<T>(
        Func<NfsSession, NfsCall, T> body, Predicate<T> hasUnknown, Func<NfsSession, Entry> findRoot, CancellationToken cancel)
    {
        var answer = await Current.RunAsync(body, cancel);
        return hasUnknown(answer) && await ChangeAsync(findRoot, cancel) ? await Current.RunAsync(body, cancel) : answer;
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        if (_numeric is { } numeric)
        {
            await numeric.DisposeAsync();
        }

        _changing.Dispose();
    }

    /// <summary>True when NFSv3 is spoken from here on.</summary>
    private async Task<bool> ChangeAsync(Func<NfsSession, Entry> findRoot, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            if (!_isAsked)
            {
                (_numeric, _whyNoNumbers) = await TryNumbersAsync(findRoot, cancel);
                _isAsked = true;
            }

            return _numeric is not null;
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task<(NfsPool? Numeric, string? Why)> TryNumbersAsync(Func<NfsSession, Entry> findRoot, CancellationToken cancel)
    {
        var numeric = new NfsPool(options, 3);
        var isTaken = false;
        try
        {
            var here = await _first.RunAsync((session, _) => findRoot(session), cancel);
            var there = await numeric.RunAsync((session, _) => findRoot(session), cancel);
            isTaken = here.Inode == there.Inode && there.Type is EntryType.Folder;
            return isTaken ? (numeric, null) : (null, "Over NFSv3 the server has another folder under this path.");
        }
        catch (VolumeException refused)
        {
            return (null, $"Over NFSv3: {refused.Fault.Message}");
        }
        finally
        {
            if (!isTaken)
            {
                await numeric.DisposeAsync();
            }
        }
    }
}
