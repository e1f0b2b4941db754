using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mover.Core.Access;

namespace Mover.Server.StorageAccounts;

/// <summary>
/// Service SAS for one container, signed with an account key. Source: Azure Storage, "Create a service SAS", version 2020-12-06 and later.
/// </summary>
internal static class ServiceSas
{
    /// <summary>The version whose string-to-sign is used.</summary>
    public const string Version = "2021-12-02";

    /// <summary>Read, add, create, write, delete, list: what a migration needs in its target. In the order the service demands.</summary>
    public const string MigrationRights = "racwdl";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>Makes the query (without <c>?</c>) that gives the rights on the container between the two times.</summary>
    /// <param name="account">The account's name as the service knows it (Azurite: <c>devstoreaccount1</c>).</param>
    /// <param name="key">The account key, base64.</param>
    /// <param name="container">The container.</param>
    /// <param name="rights">Letters in the service's order, such as <see cref="MigrationRights"/>.</param>
    /// <param name="start">From when it is valid.</param>
    /// <param name="end">Until when it is valid.</param>
    /// <param name="allowHttp">True for a self-hosted service without TLS.</param>
    public static Secret Create(
        string account, Secret key, string container, string rights, DateTimeOffset start, DateTimeOffset end, bool allowHttp)
    {
        var from = start.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
        var until = end.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
        var protocol = allowHttp ? "https,http" : "https";

        // rights, start, end, resource, identifier, IP, protocol, version, resource type, snapshot, encryption scope,
        // five response headers.
        string[] signed =
        [
            rights, from, until, $"/blob/{account}/{container}", "", "", protocol, Version, "c", "", "", "", "", "", "", "",
        ];
        var signature = HMACSHA256.HashData(Convert.FromBase64String(key.Reveal()), Encoding.UTF8.GetBytes(string.Join('\n', signed)));
        return new($"sv={Version}&st={Uri.EscapeDataString(from)}&se={Uri.EscapeDataString(until)}&sr=c&sp={rights}"
            + $"&spr={Uri.EscapeDataString(protocol)}&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}");
    }
}
