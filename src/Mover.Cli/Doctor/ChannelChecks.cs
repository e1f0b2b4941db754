using System.Globalization;
using Mover.Agent;
using Mover.Client.Agent;
using Mover.Files;

namespace Mover.Cli.Doctor;

/// <summary>Checks of an agent's folder, and of the way from it to the control plane with the agent's own key.</summary>
internal sealed class ChannelChecks(TimeProvider clock)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    public async Task<List<Finding>> RunAsync(string folder, CancellationToken cancel)
    {
        AgentRecord record;
        try
        {
            record = AgentFolder.ReadRecord(folder);
        }
        catch (AgentFolderException missing)
        {
            return [Finding.Fail("agent", missing.Message, "Register it: mover agent register.")];
        }

        List<Finding> findings = [Finding.Ok("agent", record.AgentId)];
        foreach (var address in record.Addresses)
        {
            findings.AddRange(await AskAsync(folder, record, address, cancel));
        }

        return findings;
    }

    private async Task<List<Finding>> AskAsync(string folder, AgentRecord record, string address, CancellationToken cancel)
    {
        using var http = new HttpClient(AgentTrust.CreateHandler(record.CaPem)) { Timeout = AnswerTimeout };
        try
        {
            using var answer = await http.GetAsync(new Uri($"{address}/"), HttpCompletionOption.ResponseHeadersRead, cancel);
            return
            [
                Finding.Ok("server", $"{address} responds over TLS with a trusted certificate"),
                Skew.Judge(clock, answer.Headers.Date),
                await TokenAsync(folder, record, http, address, cancel),
            ];
        }
        catch (HttpRequestException lost) when (lost.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return
            [
                Finding.Fail(
                    "server", $"{address}: {lost.InnerException?.Message ?? lost.Message}",
                    "The certificate is not from the control plane's CA, or is not valid for this address; "
                        + "register again with its current CA."),
            ];
        }
        catch (HttpRequestException lost)
        {
            return [Finding.Fail("server", $"{address}: {lost.Message}", "Check name resolution, the firewall and the server.")];
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return
            [
                Finding.Fail(
                    "server", string.Create(CultureInfo.InvariantCulture, $"{address}: no response within "
                        + $"{AnswerTimeout.TotalSeconds:F0} s"),
                    "Check the firewall (outbound HTTPS) and the server."),
            ];
        }
    }

    /// <summary>The same request as the agent's own: it tells whether the control plane still knows this agent.</summary>
    private async Task<Finding> TokenAsync(string folder, AgentRecord record, HttpClient http, string address, CancellationToken cancel)
    {
        try
        {
            using var key = AgentFolder.ReadKey(folder);
            using var tokens = new AgentTokenSource(new(record.AgentId, record.TenantId, record.PrincipalId, key), http, new(clock));
            await tokens.GetAsync(address, cancel);
            return Finding.Ok("identity", $"the control plane knows this agent as {record.PrincipalId}");
        }
        catch (AgentChannelException refused)
        {
            return Finding.Fail(
                "identity", refused.Message, refused.Code == AgentChannelException.UnknownAgent
                    ? "It was unregistered, or another agent has its name. Run mover agent unregister, then register again."
                    : "Synchronize the clock (NTP), then check the server's log.");
        }
        catch (AgentFolderException broken)
        {
            return Finding.Fail("identity", broken.Message, "Register again: mover agent unregister, mover agent register.");
        }
    }
}
