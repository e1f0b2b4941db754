using System.CommandLine;
using System.Diagnostics;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Server.Access;

namespace Mover.Cli.Host;

/// <summary>
/// <c>mover login</c>: buys a token with an application's secret and keeps it for the commands that follow. The secret comes from a file,
/// the environment, standard input or a person, never from an argument, and is not kept.
/// </summary>
internal sealed class LoginCommand
{
    /// <summary>Holds the secret itself.</summary>
    public const string SecretVariable = "MOVER_CLIENT_SECRET";

    private readonly Terminal _terminal;
    private readonly ConnectionFlags _connection = new();
    private readonly Option<bool> _servicePrincipal = new("--service-principal")
    {
        Description = "Sign in as a service principal. To sign in as the administrator, use --data DIR instead.",
    };
    private readonly Option<string?> _user = new("--username", "-u")
    {
        Description = "The application id printed by `mover service-principal create`.",
        HelpName = "app-id",
    };
    private readonly Option<string?> _password = new("--password", "-p")
    {
        Description = $"@FILE with the secret, or - for standard input [env: {SecretVariable}, the secret itself]; by default, "
            + "you are prompted. Does not accept the secret itself.",
        HelpName = "@file",
    };
    private readonly Option<string?> _tenant = new("--tenant", "-t")
    {
        Description = "The control plane's tenant; by default, its only one.",
        HelpName = "id",
    };

    private LoginCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        var login = new LoginCommand(terminal);
        var command = new Command(
            "login", "Sign in to a control plane. Later commands use the token, which is valid for an hour.")
        {
            login._servicePrincipal, login._user, login._password, login._tenant,
        };
        login._connection.AddServerTo(command);
        command.SetAction(login.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var (settings, account) = Where(parsed);
        var tenant = parsed.GetValue(_tenant) ?? account?.TenantId ?? ClientCredentials.AnyTenant;
        var (appId, secret) = (account?.ClientId ?? parsed.GetValue(_user) ?? string.Empty, account?.ClientSecret ?? ReadSecret(parsed));
        var (address, bought) = await BuyAsync(settings, tenant, appId, secret, cancel);
        var given = settings with
        {
            Address = address,
            Others = [.. settings.Addresses.Where(other => other != address)],
            Token = (_, _) => ValueTask.FromResult(bought.Token.Reveal()),
        };
        var made = new SignIn(address, settings.CaPem, appId, bought.Token, bought.End)
        {
            Others = await FindOthersAsync(given, cancel),
        };
        made.Keep(_terminal);
        _terminal.Error.WriteLine($"Signed in to {made.Address} as {made.AppId} until {SignIn.Told(made.End)}.");
        return ExitCodes.Ok;
    }

    // The first address that answers. A secret goes to those that were named, and nowhere else.
    private async Task<(Uri Address, BoughtToken Bought)> BuyAsync(
        ConnectionSettings settings, string tenant, string appId, Secret secret, CancellationToken cancel)
    {
        using var handler = ArmTransport.CreateHandler(settings.ReadAuthorities(), settings.Others.Count > 0);
        foreach (var address in settings.Addresses)
        {
            try
            {
                return (address, await ClientCredentials.AskAsync(handler, address, tenant, appId, secret, _terminal.Clock, cancel));
            }
            catch (Exception away) when (address != settings.Addresses[^1]
                && away is UnreachableServerException or ArmException { Error.Status: >= 500 })
            {
                // The next one may answer.
            }
            catch (ArmException refused) when (refused.Error.Status is 400 or 401)
            {
                throw new CliException(
                    ExitCodes.Refused, "SignInRefused", $"{address} rejected the sign-in: {refused.Error.Message}",
                    "Check the application id and the tenant. An Owner can create a new secret: "
                        + "mover service-principal reset --app-id APP_ID",
                    refused);
            }
        }

        throw new UnreachableException();
    }

    // What was given stays known beside what is told. A sign-in is good without it.
    private async Task<IReadOnlyList<Uri>> FindOthersAsync(ConnectionSettings given, CancellationToken cancel)
    {
        IReadOnlyList<string> told = [];
        try
        {
            using var plane = ConnectionFlags.Open(given, _terminal);
            told = await plane.Client.ReadAddressesAsync(cancel);
        }
        catch (Exception fault) when (fault is ArmException or UnreachableServerException)
        {
            _terminal.Error.WriteLine(
                $"mover: {given.Address} did not return its other addresses ({fault.Message}); using only the specified ones.");
        }

        return [.. given.Others.Concat(told.Select(one => new Uri(one))).Distinct().Where(one => one != given.Address)
            .Take(AgentChannelLimits.AddressesMax - 1)];
    }

    // With a server's own folder at hand and nobody named, it is the administrator who signs in.
    private (ConnectionSettings Settings, AdministratorAccount? Account) Where(ParseResult parsed)
    {
        var isNamed = parsed.GetValue(_user) is not null;
        if (_connection.ReadData(parsed, _terminal) is { } data)
        {
            return (LocalServer.Read(data, _terminal), isNamed ? null : AdministratorAccount.Read(data));
        }

        if (!isNamed)
        {
            throw CliException.Usage(
                "No identity specified.",
                "Use --service-principal -u APP_ID, or --data DIR on the server's host for the administrator.");
        }

        var addresses = _connection.ReadServers(parsed, _terminal) ?? throw CliException.Usage(
            "No control plane specified.", "Use --server URL (or MOVER_SERVER), or --data DIR for a server on this machine.");
        return (ConnectionFlags.Anonymous(addresses, _connection.ReadCa(parsed, _terminal) ?? SignIn.FindCa(_terminal, addresses)), null);
    }

    private Secret ReadSecret(ParseResult parsed)
    {
        switch (parsed.GetValue(_password))
        {
            case "-":
                return new(Secrets.ReadFileOrStdin(null, _terminal, "secret"));
            case ['@', .. { Length: > 0 } file]:
                return new(Secrets.ReadFileOrStdin(file, _terminal, "secret"));
            case not null:
                throw CliException.Usage(
                    "--password takes @FILE or -, not the secret itself: every user of this machine can read arguments. Consider this "
                        + "secret compromised and replace it.",
                    $"Use -p @FILE or {SecretVariable}, or omit -p to be prompted.");
        }

        if (_terminal.Environment(SecretVariable) is { Length: > 0 } set)
        {
            return new(set);
        }

        return _terminal.CanAsk && _terminal.AskSecret("Secret: ") is { Length: > 0 } typed ? new(typed) : throw CliException.Usage(
            "No secret specified.", $"Use --password @FILE, --password - for standard input, or {SecretVariable}.");
    }
}

/// <summary><c>mover logout</c>: forgets the sign-in.</summary>
internal static class LogoutCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("logout", "Delete the token stored by `mover login`.");
        command.SetAction(_ =>
        {
            terminal.Error.WriteLine(SignIn.Forget(terminal) ? "Signed out." : "Not signed in.");
            return ExitCodes.Ok;
        });
        return command;
    }
}
