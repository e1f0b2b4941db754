using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Client.Arm;

namespace Mover.Cli.Doctor;

/// <summary>Checks of the way to the control plane: address, TLS, clock, token, rights. A check that cannot pass ends the list.</summary>
internal sealed class ServerChecks(ConnectionFlags connection, Terminal terminal)
{
    public async Task<List<Finding>> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var findings = new List<Finding>();
        ConnectionSettings settings;
        try
        {
            settings = connection.Resolve(parsed, terminal);
            findings.Add(
                Finding.Ok(
                    "settings",
                    $"{settings.Address}, {(settings.CaPem.Length > 0 ? "its own CA is pinned" : "the system's roots are trusted")}"));
        }
        catch (CliException missing)
        {
            findings.Add(Finding.Fail("settings", missing.Message, missing.Remedy ?? "See mover doctor --help."));
            return findings;
        }

        // One attempt: a doctor reports what is, not what a retry makes of it.
        using var client = new MoverClient(
            new()
            {
                Addresses = [settings.Address],
                Token = settings.Token,
                Retry = new() { AttemptsMax = 1 },
                AttemptTimeout = TimeSpan.FromSeconds(15),
            },
            ArmTransport.CreateHandler(settings.ReadAuthorities()),
            terminal.Clock);
        try
        {
            var answer = await client.Pipeline.SendAsync(
                new(HttpMethod.Get, $"/subscriptions?api-version={AskedVersions.Resources}"), cancel);
            findings.Add(Finding.Ok("server", "responds over TLS with a trusted certificate"));
            findings.Add(Skew.Judge(terminal.Clock, answer.Date));
            findings.Add(Rights(answer));
        }
        catch (UnreachableServerException lost)
        {
            findings.Add(lost.IsNameMismatch
                ? Finding.Fail("server", lost.Message, "Start the server with --advertise and the name or address you use.")
                : lost.IsUntrusted
                ? Finding.Fail("server", "its certificate is not trusted", "Specify its CA with --ca FILE (DIR/tls/ca.pem on the server).")
                : Finding.Fail("server", lost.Message, "Start it (mover server), or check --server and the firewall."));
        }
        catch (ArmException refused)
        {
            findings.Add(Finding.Ok("server", "responds over TLS with a trusted certificate"));
            findings.Add(refused.Error.Status == 401
                ? Finding.Fail("token", refused.Error.Message, "Get a new one: mover token --data DIR.")
                : Finding.Fail("rights", $"{refused.Error.Code}: {refused.Error.Message}", "Ask for a role on the subscription."));
        }

        return findings;
    }

    private static Finding Rights(ArmAnswer answer)
    {
        var count = (answer.Body?["value"] as System.Text.Json.Nodes.JsonArray)?.Count ?? 0;
        return count > 0
            ? Finding.Ok("token", $"accepted; sees {count} subscription{(count == 1 ? string.Empty : "s")}")
            : Finding.Warn("rights", "the token is accepted but sees no subscription", "Ask for a role on the subscription.");
    }
}
