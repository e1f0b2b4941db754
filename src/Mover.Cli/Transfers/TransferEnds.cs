using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Volumes;
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
        var with = new VolumeUse(use is not EndUse.Source, terminal.Clock)
        {
            IsReadOnly = use is EndUse.Planned or EndUse.Verified,
            OneFileSystem = parsed.GetValue(_oneFileSystem) && use is EndUse.Source,
            SpillFolder = spill,
            Credential = credential,
        };
        return await Opening.Default.RunAsync(
            again => OpenKnownAsync(location, next => OpenOnceAsync(location, with, use, terminal, next), again),
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
        Location location, VolumeUse with, EndUse use, Terminal terminal, CancellationToken cancel)
    {
        if (location is LocalLocation local)
        {
            LocalFolders.Prepare(local, use);
        }

        try
        {
            return await location.Place.OpenAsync(with, cancel);
        }
        catch (VolumeException missing) when (location.Place is BlobPlace container && IsContainerMissing(missing, use))
        {
            if (use is not EndUse.Made)
            {
                throw new VolumeException(
                    missing.Fault with { Advice = "The container must exist; create it with mover copy --create-container." }, missing);
            }

            await container.MakeAsync(with, cancel);
            var volume = await container.OpenAsync(with, cancel);
            terminal.Error.WriteLine($"mover: created the container {volume.Traits.DisplayName}.");
            return volume;
        }
    }

    private static bool IsContainerMissing(VolumeException fault, EndUse use) =>
        use is not EndUse.Source
        && fault.Fault is { Kind: VolumeFaultKind.NotFound, Code: { } code } && code == StatusCodes.TargetPathInvalid;
}
