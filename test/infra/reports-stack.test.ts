import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { makeStacks, publicKey, resourcesOf, templateOf } from './synthesize.ts';

const withCognito = makeStacks('prod', { reportAccess: { kind: 'cognito', signInPrefix: 'tidemark-test', publicKey } });
const withCookies = makeStacks('prod', { reportAccess: { kind: 'signed-cookies', publicKey } });
const template = templateOf(withCognito.reports!);

describe('reports stack', () => {
  it('does not exist where nobody said how readers prove who they are', () => {
    expect(makeStacks('prod').reports).toBeUndefined();
  });

  it('lets CloudFront refuse every page and data file without a signed cookie', () => {
    for (const stacks of [withCognito, withCookies]) {
      templateOf(stacks.reports!).hasResourceProperties('AWS::CloudFront::Distribution', {
        DistributionConfig: {
          DefaultCacheBehavior: { TrustedKeyGroups: [Match.anyValue()], ViewerProtocolPolicy: 'redirect-to-https' },
        },
      });
    }
  });

  it('serves the shell for addresses of the site, and hides no refusal behind it', () => {
    const [, distribution] = resourcesOf(template, 'AWS::CloudFront::Distribution')[0] ?? [];
    expect(distribution.Properties.DistributionConfig.CustomErrorResponses).toEqual([
      { ErrorCode: 404, ResponseCode: 200, ResponsePagePath: '/index.html', ErrorCachingMinTTL: 60 },
    ]);
  });

  it('leaves open the sign-in path and nothing else', () => {
    const [, distribution] = resourcesOf(template, 'AWS::CloudFront::Distribution')[0] ?? [];
    const open = distribution.Properties.DistributionConfig.CacheBehaviors.filter(
      (behavior: { TrustedKeyGroups?: unknown }) => behavior.TrustedKeyGroups === undefined,
    );
    expect(open.map((behavior: { PathPattern: string }) => behavior.PathPattern)).toEqual(['/auth/*']);
  });

  it('reads the bucket through an origin access control, never a public address', () => {
    template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: {
        OriginAccessControlOriginType: 's3',
        SigningBehavior: 'always',
        SigningProtocol: 'sigv4',
      },
    });
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
  });

  it('sends the security headers and allows no other host', () => {
    const [, policy] = resourcesOf(template, 'AWS::CloudFront::ResponseHeadersPolicy')[0] ?? [];
    const headers = policy.Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig;
    expect(headers.ContentSecurityPolicy.ContentSecurityPolicy).toContain("default-src 'self'");
    expect(headers.ContentSecurityPolicy.ContentSecurityPolicy).not.toMatch(/https?:|\*/);
    expect(headers).toMatchObject({
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY' },
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer' },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 365 * 86_400 },
    });
  });

  it('admits invited people with a second factor', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
  });

  it('needs no Cognito where the company hands out the cookies itself', () => {
    const cookies = templateOf(withCookies.reports!);
    for (const type of ['AWS::Cognito::UserPool', 'AWS::Lambda::Function', 'AWS::Lambda::Url']) {
      cookies.resourceCountIs(type, 0);
    }
  });
});
