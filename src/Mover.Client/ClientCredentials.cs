using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Client.Arm;
using Mover.Core.Access;

namespace Mover.Client;

/// <summary>A bearer token that a control plane gave.</summary>
/// <param name="Token">The token.</param>
/// <param name="End">Until when it is good, by this machine's clock.</param>
public sealed record BoughtToken(Secret Token, DateTimeOffset End);

/// <summary>Signs an application in. Source: RFC 6749 section 4.4.</summary>
public static class ClientCredentials
{
    /// <summary>The tenant whose name every control plane answers to, whatever the id of its one tenant.</summary>
    public const string AnyTenant = "adfs";

    /// <summary>
    /// Asks for a token with an application's secret. Throws <see cref="ArmException"/> when refused and
    /// <see cref="UnreachableServerException"/> when nothing answers.
    /// </summary>
    /// <param name="handler">The connections; see <see cref="ArmTransport.CreateHandler"/>. Stays the caller's.</param>
    /// <param name="address">The control plane.</param>
    /// <param name="tenant">Its tenant; <see cref="AnyTenant"/> for whichever it has.</param>
    /// <param name="clientId">The application's id.</param>
    /// <param name="secret">Its secret.</param>
    /// <param name="clock">Says when the token ends.</param>
    /// <param name="cancel">Stops it.</param>
    public static async Task<BoughtToken> AskAsync(
        HttpMessageHandler handler, Uri address, string tenant, string clientId, Secret secret, TimeProvider clock,
        CancellationToken cancel)
    {
        using var http = new HttpClient(handler, disposeHandler: false);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = clientId,
            ["client_secret"] = secret.Reveal(),
            ["scope"] = $"{address.GetLeftPart(UriPartial.Authority)}/.default",
        });
        var asked = clock.GetUtcNow();
        try
        {
            var url = new Uri(address, $"/{Uri.EscapeDataString(tenant)}/oauth2/v2.0/token");
            using var answer = await http.PostAsync(url, form, cancel).ConfigureAwait(false);
            var body = Parse(await answer.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false));
            if (!answer.IsSuccessStatusCode)
            {
                throw new ArmException(ArmException.Read((int)answer.StatusCode, body));
            }

            return body?["access_token"]?.ToString() is { Length: > 0 } token && body["expires_in"]?.GetValue<int>() is > 0 and var seconds
                ? new(new Secret(token), asked.AddSeconds(seconds))
                : throw new ArmException(new((int)answer.StatusCode, ArmException.NoErrorBody,
                    "The server's response has no token. Check that the address is a Mover control plane."));
        }
        catch (Exception fault) when (
            !cancel.IsCancellationRequested && fault is HttpRequestException or IOException or TaskCanceledException)
        {
            throw new UnreachableServerException(address.GetLeftPart(UriPartial.Authority), neverSent: true, fault);
        }
    }

    private static JsonNode? Parse(byte[] body)
    {
        try
        {
            return body.Length == 0 ? null : JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
