using System.Net;

namespace Mover.Core.Net;

/// <summary>
/// A proxy for other machines only: what listens on this one is reached directly, whatever the environment says. Thread-safe when the
/// inner proxy is.
/// </summary>
/// <param name="inner">
/// The proxy for the rest, such as <see cref="HttpClient.DefaultProxy"/>, which follows <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>,
/// <c>ALL_PROXY</c> and <c>NO_PROXY</c>.
/// </param>
public sealed class OutsideProxy(IWebProxy inner) : IWebProxy
{
    /// <inheritdoc/>
    public ICredentials? Credentials
    {
        get => inner.Credentials;
        set => inner.Credentials = value;
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : inner.GetProxy(destination);

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => host.IsLoopback || inner.IsBypassed(host);
}
