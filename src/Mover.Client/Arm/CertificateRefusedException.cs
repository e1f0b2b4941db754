using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Mover.Client.Arm;

/// <summary>A server showed a certificate that is not trusted, or one for other names than the one it was called by.</summary>
/// <param name="isNameMismatch">True when the certificate is trusted and only its names do not fit.</param>
/// <param name="message">What is wrong, one sentence.</param>
public sealed class CertificateRefusedException(bool isNameMismatch, string message) : AuthenticationException(message)
{
    private const int NamesShownMax = 8;

    /// <summary>True when the certificate is trusted and only its names do not fit.</summary>
    public bool IsNameMismatch { get; } = isNameMismatch;

    /// <summary>Judges as <see cref="SslStream"/> does; throws instead of answering false, so that the reason is kept.</summary>
    public static bool Check(X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        var isName = errors == SslPolicyErrors.RemoteCertificateNameMismatch;
        throw new CertificateRefusedException(isName, isName
            ? $"its certificate is for {NamesOf(certificate)}, not for this host name"
            : "its certificate is not signed by a trusted CA, or is not valid at this time");
    }

    private static string NamesOf(X509Certificate? certificate)
    {
        if (certificate is null)
        {
            return "no name";
        }

        using var read = new X509Certificate2(certificate);
        var names = read.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(san => san.EnumerateDnsNames().Concat(san.EnumerateIPAddresses().Select(ip => ip.ToString())))
            .Take(NamesShownMax);
        return string.Join(", ", names) is { Length: > 0 } all ? all : "no name";
    }
}
