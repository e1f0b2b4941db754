using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Access;
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
        Description = "Sign in as a service principal, the only way there is; --data DIR signs in as the administrator.",
    };
    private readonly Option<string?> _user = new("--username", "-u")
    {
        Description = "The application id that `mover service-principal create` printed.",
        HelpName = "app-id",
    };
    private readonly Option<string?> _password = new("--password", "-p")
    {
        Description = $"@FILE that holds its secret, or - for standard input [env: {SecretVariable} holds the secret itself]; asked for "
            + "when left out. Never the secret.",
        HelpName = "@file",
    };
    private readonly Option<string?> _tenant = new("--tenant", "-t")
    {
        Description = "The control plane's tenant; the only one it has when left out.",
        HelpName = "id",
    };

    private LoginCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        var login = new LoginCommand(terminal);
        var command = new Command(
            "login", "Sign in to a control plane; the commands that follow use the token, which is good for an hour.")
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
        using var handler = ArmTransport.CreateHandler(settings.ReadAuthorities());
        BoughtToken bought;
        try
        {
            bought = await ClientCredentials.AskAsync(
                handler, settings.Address, parsed.GetValue(_tenant) ?? account?.TenantId ?? ClientCredentials.AnyTenant,
                account?.ClientId ?? parsed.GetValue(_user) ?? string.Empty, account?.ClientSecret ?? ReadSecret(parsed), _terminal.Clock,
                cancel);
        }
        catch (ArmException refused) when (refused.Error.Status is 400 or 401)
        {
            throw new CliException(
                ExitCodes.Refused, "SignInRefused", $"{settings.Address} refused the sign-in: {refused.Error.Message}",
                "Check the application id and the tenant; an Owner makes a new secret: mover service-principal reset --app-id APP_ID",
                refused);
        }

        var made = new SignIn(
            settings.Address, settings.CaPem, account?.ClientId ?? parsed.GetValue(_user) ?? string.Empty, bought.Token, bought.End);
        made.Keep(_terminal);
        _terminal.Error.WriteLine($"Signed in to {made.Address} as {made.AppId} until {SignIn.Told(made.End)}.");
        return ExitCodes.Ok;
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
                "Who signs in is not said.",
                "Use --service-principal -u APP_ID, or --data DIR on the server's host for the administrator.");
        }

        var address = _connection.ReadServer(parsed, _terminal) ?? throw CliException.Usage(
            "No control plane is named.", "Use --server URL (or MOVER_SERVER), or --data DIR of a server on this machine.");
        return (ConnectionFlags.Anonymous(address, _connection.ReadCa(parsed, _terminal) ?? SignIn.FindCa(_terminal, address)), null);
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
                    "--password takes @FILE or -, not the secret itself: every user of this machine can read arguments. Take the one that "
                        + "was given for known, and have it replaced.",
                    $"Use -p @FILE or {SecretVariable}, or leave -p out to be asked.");
        }

        if (_terminal.Environment(SecretVariable) is { Length: > 0 } set)
        {
            return new(set);
        }

        return _terminal.CanAsk && _terminal.AskSecret("Secret: ") is { Length: > 0 } typed ? new(typed) : throw CliException.Usage(
            "No secret is given.", $"Use --password @FILE, --password - for standard input, or {SecretVariable}.");
    }
}

/// <summary><c>mover logout</c>: forgets the sign-in.</summary>
internal static class LogoutCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("logout", "Forget the token that `mover login` keeps.");
        command.SetAction(_ =>
        {
            terminal.Error.WriteLine(SignIn.Forget(terminal) ? "Signed out." : "Nobody was signed in.");
            return ExitCodes.Ok;
        });
        return command;
    }
}
