using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;

namespace Mover.Cli.Recovery;

/// <summary>
/// The second control plane of a command that watches one: where drills and a standby go. Nothing of the environment or of a sign-in
/// counts, since those are of the first. Without any of them, the destination is the first control plane itself.
/// </summary>
internal sealed class DestinationFlags
{
    private readonly Option<string?> _server = new("--to-server")
    {
        Description = "Address of the destination's control plane; by default, the watched one.", HelpName = "url",
    };
    private readonly Option<string?> _ca = new("--to-ca") { Description = "PEM file of the destination's CA.", HelpName = "file" };
    private readonly Option<string?> _token = new("--to-token-file")
    {
        Description = "File with the destination's bearer token; it is read for each request, so you can renew it.",
        HelpName = "file",
    };
    private readonly Option<string?> _data = new("--to-data")
    {
        Description = "Data folder of the destination's server on this machine; replaces address, CA and token.", HelpName = "folder",
    };
    private readonly Option<string?> _subscription = new("--to-subscription")
    {
        Description = "Subscription at the destination; by default, the first one listed.", HelpName = "id",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _server, _ca, _token, _data, _subscription })
        {
            command.Add(option);
        }
    }

    /// <summary>Where the destination is; that of the watched control plane when nothing is said.</summary>
    public ConnectionSettings Resolve(ParseResult parsed, Terminal terminal, ConnectionSettings watched)
    {
        var subscription = parsed.GetValue(_subscription);
        if (parsed.GetValue(_data) is { } data)
        {
            return LocalServer.Read(data, terminal) with { Subscription = subscription };
        }

        if (parsed.GetValue(_server) is not { } server)
        {
            return parsed.GetValue(_token) is null && parsed.GetValue(_ca) is null
                ? watched with { Subscription = subscription ?? watched.Subscription }
                : throw CliException.Usage(
                    "--to-ca and --to-token-file require --to-server.", "Use --to-server URL.");
        }

        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
        {
            throw CliException.Usage($"'{server}' is not a valid control plane address.", "It must start with https://.");
        }

        var file = parsed.GetValue(_token)
            ?? throw CliException.Usage("No token specified for the destination.", "Use --to-token-file FILE.");
        _ = Secrets.ReadFile(file, "token");
        return ConnectionFlags.Anonymous([address], parsed.GetValue(_ca) is { } ca ? ConnectionFlags.ReadCa(ca) : null) with
        {
            Token = (_, _) => ValueTask.FromResult(Secrets.ReadFile(file, "token")),
            Subscription = subscription,
        };
    }
}
