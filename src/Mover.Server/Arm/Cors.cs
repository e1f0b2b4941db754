using Mover.Server.Settings;

namespace Mover.Server.Arm;

/// <summary>
/// Lets pages of the configured origins call the control plane from a browser; without any there is no such answer. Bearer tokens are sent
/// by the page itself, so credentials of the browser are never allowed. Source: Fetch, CORS protocol.
/// </summary>
internal static class Cors
{
    /// <summary>How long a browser may remember what a preflight allowed.</summary>
    public static readonly TimeSpan PreflightKept = TimeSpan.FromMinutes(10);

    // What a page has to read to page, to follow an operation and to say which request failed.
    private static readonly string[] Exposed =
    [
        "ETag", "Location", "Azure-AsyncOperation", "Retry-After", "x-ms-request-id", "x-ms-correlation-request-id", "x-ms-error-code",
    ];

    public static void AddConfiguredOrigins(this WebApplicationBuilder builder) => builder.Services.AddCors();

    public static void UseConfiguredOrigins(this WebApplication app, ServerOptions options)
    {
        if (options.CorsOrigins.Count > 0)
        {
            app.UseCors(policy => policy
                .WithOrigins([.. options.CorsOrigins])
                .AllowAnyHeader()
                .WithMethods("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE")
                .WithExposedHeaders(Exposed)
                .SetPreflightMaxAge(PreflightKept));
        }
    }
}
