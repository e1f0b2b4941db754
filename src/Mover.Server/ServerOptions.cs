namespace Mover.Server;

/// <summary>
/// An OpenID Connect issuer whose tokens are accepted. What their bearers may do is a matter of role assignments to their <c>oid</c>.
/// </summary>
/// <param name="Issuer">The <c>iss</c> of its tokens, exactly; its keys are found below it. https, or http on loopback.</param>
/// <param name="Audience">The <c>aud</c> its tokens must have.</param>
public sealed record ExternalIssuer(string Issuer, string Audience);

/// <summary>How one control-plane instance is run. Read once at the edge; inner code gets values.</summary>
public sealed record ServerOptions
{
    /// <summary>The largest request body, in bytes.</summary>
    public const long BodyBytesMax = 4 * 1024 * 1024;

    /// <summary>The folder that holds state, certificates and secrets; made when absent.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Where to listen: https addresses with an IP address or localhost; port 0 takes a free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["https://127.0.0.1:7443"];

    /// <summary>The region that this instance serves, as in a resource's location.</summary>
    public string Region { get; init; } = "eastus";

    /// <summary>The zone of the region that this instance is in.</summary>
    public string Zone { get; init; } = "1";

    /// <summary>Resources on one page of a list.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>Issuers besides the built-in one whose tokens are accepted; none when left out.</summary>
    public IReadOnlyList<ExternalIssuer> Issuers { get; init; } = [];

    /// <summary>How long the audit log keeps what happened.</summary>
    public TimeSpan AuditRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Sets up logging; null keeps it silent.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }
}
