using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary>Where a recovery goes, as far as a look finds it: a status is shown although the destination is not named or is away.</summary>
/// <param name="Settings">How it is reached; null when nothing says.</param>
/// <param name="Trouble">Why it cannot be asked; null when it responds.</param>
internal sealed record StatusDestination(ConnectionSettings? Settings, string? Trouble)
{
    /// <summary>Its address.</summary>
    public string? Address => Settings?.Address.ToString().TrimEnd('/');

    /// <summary>What a screen says of it.</summary>
    public string Now => Settings is null ? $"not known: {Trouble}"
        : Trouble is null ? $"{Address} responds"
        : $"{Address} does not respond: {Trouble}";

    /// <summary>Finds it, and waits a few seconds at most for an answer.</summary>
    /// <exception cref="CliException">A flag that was given does not fit.</exception>
    public static async Task<StatusDestination> FindAsync(
        ParseResult parsed, ConnectionFlags connection, HttpMessageHandler handler, Terminal terminal, CancellationToken cancel)
    {
        try
        {
            var settings = connection.Resolve(parsed, terminal);
            var asked = await Task.WhenAll(
                settings.Addresses.Select(address => Reachability.AskAsync(handler, address, terminal.Clock, cancel)));
            return new(settings, Array.Exists(asked, trouble => trouble is null) ? null : asked[0]);
        }
        catch (CliException unknown) when (unknown.ExitCode == ExitCodes.Unreachable || connection.Repeated(parsed).Length == 0)
        {
            return new(null, $"{unknown.Message} {unknown.Remedy}".TrimEnd());
        }
    }

    /// <summary>Signs in there, as the same application as the last time.</summary>
    public string Login(Terminal terminal)
    {
        var who = Settings is not null && SignIn.FindReadable(terminal) is { } before && before.IsAt(Settings.Address)
            ? $" --service-principal --username {ShellText.Of(before.AppId)}"
            : string.Empty;
        return "mover login" + (Address is { } address ? $" --server {ShellText.Of(address)}" : string.Empty) + who;
    }
}
