using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Transfers;

/// <summary>What an end of a transfer is opened for.</summary>
internal enum EndUse
{
    /// <summary>To be read.</summary>
    Source,

    /// <summary>To be written.</summary>
    Written,

    /// <summary>To be written; a container that is not there is made.</summary>
    Made,

    /// <summary>To be looked at as a target; what is not there counts as empty.</summary>
    Planned,

    /// <summary>To be looked at as a target; it must be there.</summary>
    Verified,
}

/// <summary>The two ends of a transfer: arguments, credentials, and opening them as volumes.</summary>
internal sealed class TransferEnds
{
    private readonly Argument<string> _source = new("SRC")
    {
        Description = "A local path, nfs://HOST/EXPORT[/PATH][?version=3|4], or the URL of a blob container.",
    };
    private readonly Argument<string> _target = new("DST")
    {
        Description = "A local path, or the URL of a blob container, optionally with a folder.",
    };
    private readonly Option<bool> _oneFileSystem = new("--one-file-system")
    {
        Description = "Exclude file systems mounted inside a local source.",
    };
    private readonly BlobCredentials _credentials = new();
    private readonly bool _sourceIsOptional;

    public TransferEnds(bool sourceIsOptional = false)
    {
        _sourceIsOptional = sourceIsOptional;
    }

    /// <summary>Where the transfer keeps its own files.</summary>
    public StateFolder State { get; } = new();

    public void AddTo(Command command)
    {
        if (_sourceIsOptional)
        {
            _target.Arity = ArgumentArity.ZeroOrOne;
        }

        command.Add(_source);
        command.Add(_target);
        command.Add(_oneFileSystem);
        _credentials.AddTo(command);
        State.AddTo(command);
    }

    /// <summary>The source as it was given; empty when only a target was.</summary>
    public string SourceText(ParseResult parsed) => HasBoth(parsed) ? parsed.GetValue(_source) ?? string.Empty : string.Empty;

    public string TargetText(ParseResult parsed) => (HasBoth(parsed) ? parsed.GetValue(_target) : parsed.GetValue(_source)) ?? string.Empty;

    public Task<IVolume> OpenSourceAsync(ParseResult parsed, Terminal terminal, CancellationToken cancel) =>
        OpenAsync(parsed, terminal, Location.Parse(SourceText(parsed)), EndUse.Source, cancel);

    /// <summary>Opens the target; one that is <see cref="EndUse.Made"/> is made when it is a container that is not there.</summary>
    public async Task<ITargetVolume> OpenTargetAsync(ParseResult parsed, Terminal terminal, EndUse use, CancellationToken cancel)
    {
        var text = TargetText(parsed);
        return await OpenAsync(parsed, terminal, Location.Parse(text), use, cancel) as ITargetVolume
            ?? throw CliException.Usage($"'{text}' can be read but not written.", "Use a local path or the URL of a blob container.");
    }

    private bool HasBoth(ParseResult parsed) => parsed.GetResult(_target) is { Tokens.Count: > 0 };

    private async Task<IVolume> OpenAsync(ParseResult parsed, Terminal terminal, Location location, EndUse use, CancellationToken cancel)
    {
        var spill = StateFolder.SpillOf(State.Open(parsed, terminal));

        // Read once: a warning about a secret in the arguments is said once, however often the volume is opened.
        var target = use is EndUse.Source && HasBoth(parsed) ? Location.Parse(TargetText(parsed)) as BlobLocation : null;
        var credential = location is BlobLocation container ? _credentials.Read(parsed, terminal, container, target) : null;
        return await Opening.Default.RunAsync(
            again => OpenKnownAsync(
                location, next => OpenOnceAsync(location, credential, terminal, use, spill, parsed.GetValue(_oneFileSystem), next), again),
            (fault, pause) => terminal.Error.WriteLine(
                $"mover: {fault.Kind}: {fault.Message} Retrying in {Math.Ceiling(pause.TotalSeconds):F0} s."),
            terminal.Clock,
            cancel);
    }

    private static async ValueTask<IVolume> OpenKnownAsync(
        Location location, Func<CancellationToken, ValueTask<IVolume>> open, CancellationToken cancel)
    {
        try
        {
            return await open(cancel);
        }
        catch (VolumeException e)
        {
            throw await UnknownHost.FindAsync(location, e.Fault, cancel) is { } unknown ? new VolumeException(unknown, e) : e;
        }
    }

    private static async ValueTask<IVolume> OpenOnceAsync(
        Location location, BlobCredential? credential, Terminal terminal, EndUse use, string spill, bool oneFileSystem,
        CancellationToken cancel)
    {
        switch (location)
        {
            case BlobLocation blob when credential is not null:
                return await OpenBlobAsync(blob, credential, terminal, use, cancel);
            case LocalLocation local:
                return LocalVolumes.Open(
                    local, use is EndUse.Made ? EndUse.Written : use, spill, terminal.Clock, oneFileSystem && use is EndUse.Source);
            case NfsLocation nfs:
                return await NfsVolumes.OpenAsync(nfs, spill, terminal.Clock, cancel);
            default:
                throw CliException.Usage($"'{location}' cannot be opened.");
        }
    }

    /// <summary>Opens the container and asks it once, so that a wrong name or key is said before anything is scanned.</summary>
    private static async Task<IVolume> OpenBlobAsync(
        BlobLocation blob, BlobCredential credential, Terminal terminal, EndUse use, CancellationToken cancel)
    {
        var volume = new AzureBlobVolume(blob.Address, credential, new AzureBlobOptions(), terminal.Clock);
        try
        {
            await CheckAsync(volume, terminal, use, cancel);
            return volume;
        }
        catch
        {
            await volume.DisposeAsync();
            throw;
        }
    }

    private static async Task CheckAsync(AzureBlobVolume volume, Terminal terminal, EndUse use, CancellationToken cancel)
    {
        try
        {
            await volume.CheckAsync(use is not EndUse.Source, cancel);
        }
        catch (VolumeException missing) when (IsContainerMissing(missing, use))
        {
            if (use is not EndUse.Made)
            {
                throw new VolumeException(
                    missing.Fault with { Advice = "The container must exist; create it with mover copy --create-container." }, missing);
            }

            await volume.CreateContainerAsync(cancel);
            await volume.CheckAsync(isTarget: true, cancel);
            terminal.Error.WriteLine($"mover: created the container {volume.Traits.DisplayName}.");
        }
    }

    private static bool IsContainerMissing(VolumeException fault, EndUse use) =>
        use is not EndUse.Source
        && fault.Fault is { Kind: VolumeFaultKind.NotFound, Code: { } code } && code == StatusCodes.TargetPathInvalid;
}
