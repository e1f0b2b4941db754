using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Transfers;

/// <summary>The two ends of a transfer: arguments, credentials, and opening them as volumes.</summary>
internal sealed class TransferEnds
{
    private readonly Argument<string> _source = new("SRC")
    {
        Description = "A local path, nfs://HOST/EXPORT[/PATH][?version=3|4], or the URL of a blob container.",
    };
    private readonly Argument<string> _target = new("DST")
    {
        Description = "A local path, or the URL of a blob container with or without a folder.",
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
        _credentials.AddTo(command);
        State.AddTo(command);
    }

    /// <summary>The source as it was given; empty when only a target was.</summary>
    public string SourceText(ParseResult parsed) => HasBoth(parsed) ? parsed.GetValue(_source) ?? string.Empty : string.Empty;

    public string TargetText(ParseResult parsed) => (HasBoth(parsed) ? parsed.GetValue(_target) : parsed.GetValue(_source)) ?? string.Empty;

    public Task<IVolume> OpenSourceAsync(ParseResult parsed, Terminal terminal, CancellationToken cancel) =>
        OpenAsync(parsed, terminal, Location.Parse(SourceText(parsed)), isTarget: false, cancel);

    public async Task<ITargetVolume> OpenTargetAsync(ParseResult parsed, Terminal terminal, CancellationToken cancel)
    {
        var text = TargetText(parsed);
        return await OpenAsync(parsed, terminal, Location.Parse(text), isTarget: true, cancel) as ITargetVolume
            ?? throw CliException.Usage($"'{text}' can be read but not written.", "Use a local path or the URL of a blob container.");
    }

    private bool HasBoth(ParseResult parsed) => parsed.GetResult(_target) is { Tokens.Count: > 0 };

    private async Task<IVolume> OpenAsync(ParseResult parsed, Terminal terminal, Location location, bool isTarget, CancellationToken cancel)
    {
        var spill = StateFolder.SpillOf(State.Open(parsed, terminal));

        // Read once: a warning about a secret in the arguments is said once, however often the volume is opened.
        var credential = location is BlobLocation container ? _credentials.Read(parsed, terminal, container) : null;
        return await Opening.Default.RunAsync(
            again => OpenOnceAsync(location, credential, terminal, isTarget, spill, again),
            (fault, pause) => terminal.Error.WriteLine(
                $"mover: {fault.Kind}: {fault.Message} Trying again in {Math.Ceiling(pause.TotalSeconds):F0} s."),
            terminal.Clock,
            cancel);
    }

    private static async ValueTask<IVolume> OpenOnceAsync(
        Location location, BlobCredential? credential, Terminal terminal, bool isTarget, string spill, CancellationToken cancel)
    {
        switch (location)
        {
            case BlobLocation blob when credential is not null:
                return await OpenBlobAsync(blob, credential, terminal, isTarget, cancel);
            case LocalLocation local:
                return LocalVolumes.Open(local, isTarget, spill, terminal.Clock);
            case NfsLocation nfs:
                return await NfsVolumes.OpenAsync(nfs, spill, terminal.Clock, cancel);
            default:
                throw CliException.Usage($"'{location}' cannot be opened.");
        }
    }

    /// <summary>Opens the container and asks it once, so that a wrong name or key is said before anything is scanned.</summary>
    private static async Task<IVolume> OpenBlobAsync(
        BlobLocation blob, BlobCredential credential, Terminal terminal, bool isTarget, CancellationToken cancel)
    {
        var volume = new AzureBlobVolume(blob.Address, credential, new AzureBlobOptions(), terminal.Clock);
        try
        {
            await volume.CheckAsync(isTarget, cancel);
            return volume;
        }
        catch
        {
            await volume.DisposeAsync();
            throw;
        }
    }
}
