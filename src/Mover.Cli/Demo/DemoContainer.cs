using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mover.Cli.Frame;

namespace Mover.Cli.Demo;

/// <summary>
/// Makes a container, which Storage Mover leaves to its owner. One request signed with the account's key (Blob service REST, "Shared Key").
/// </summary>
internal static class DemoContainer
{
    private const string ServiceVersion = "2023-11-03";

    public static async Task CreateAsync(Azurite azurite, string container, TimeProvider clock, CancellationToken cancel)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(azurite.Address, $"{container}?restype=container"));
        var date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-version", ServiceVersion);

        // Twelve empty standard headers, the x-ms ones, and the resource; in path style the account stands there twice.
        var text = $"PUT{new string('\n', 12)}x-ms-date:{date}\nx-ms-version:{ServiceVersion}\n"
            + $"/{Azurite.Account}/{Azurite.Account}/{container}\nrestype:container";
        var signature = HMACSHA256.HashData(Convert.FromBase64String(azurite.Key), Encoding.UTF8.GetBytes(text));
        request.Headers.TryAddWithoutValidation("Authorization", $"SharedKey {Azurite.Account}:{Convert.ToBase64String(signature)}");
        using var answer = await http.SendAsync(request, cancel);
        if (!answer.IsSuccessStatusCode)
        {
            throw new CliException(
                ExitCodes.Failed, "NoContainer", $"The Blob service answered {(int)answer.StatusCode} to the making of a container.");
        }
    }
}
