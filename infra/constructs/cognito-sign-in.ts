import { ArnFormat, CfnOutput, Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  type Distribution,
  FunctionUrlOriginAccessControl,
  OriginRequestPolicy,
  type PublicKey,
  Signing,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { FunctionUrlOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import {
  AccountRecovery,
  FeaturePlan,
  Mfa,
  OAuthScope,
  UserPool,
  type UserPoolClient,
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Environment, ReportAccess } from '../environments.ts';
import { acknowledge } from './acknowledge.ts';
import { type BundleFunction, PipelineFunction } from './pipeline-function.ts';

export interface CognitoSignInProps {
  readonly environment: Environment;
  readonly access: Extract<ReportAccess, { kind: 'cognito' }>;
  readonly distribution: Distribution;
  readonly publicKey: PublicKey;
  readonly bundle: BundleFunction;
}

/** A sign-in page for named people: Cognito says who it is, one function turns that into CloudFront's signed cookies. */
export class CognitoSignIn extends Construct {
  constructor(scope: Construct, id: string, props: CognitoSignInProps) {
    super(scope, id);
    const { environment, access, distribution } = props;
    const site = `https://${access.site?.domain ?? distribution.distributionDomainName}`;
    const pool = this.#userPool(environment);
    const domain = pool.addDomain('Domain', { cognitoDomain: { domainPrefix: access.signInPrefix } });
    const cookieKey = this.#privateKey(environment);
    const settingsName = `tidemark/${environment.name}/sign-in`;
    this.#settings(settingsName, this.#client(pool, site), site);
    const signIn = new PipelineFunction(this, 'Function', {
      name: 'sign-in',
      environment,
      bundle: props.bundle,
      timeout: Duration.seconds(10),
      variables: {
        TIDEMARK_SIGN_IN_DOMAIN: domain.baseUrl(),
        TIDEMARK_SIGN_IN_CLIENT_SECRET: settingsName,
        TIDEMARK_COOKIE_KEY_ID: props.publicKey.publicKeyId,
        TIDEMARK_COOKIE_KEY_SECRET: cookieKey.secretArn,
      },
    });
    this.#allowSecrets(signIn, cookieKey, settingsName);
    const url = signIn.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    distribution.addBehavior(
      '/auth/*',
      FunctionUrlOrigin.withOriginAccessControl(url, {
        originAccessControl: new FunctionUrlOriginAccessControl(this, 'OriginAccess', {
          signing: Signing.SIGV4_ALWAYS,
        }),
      }),
      {
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      },
    );
    new CfnOutput(this, 'Url', { value: `${site}/auth/start` });
    new CfnOutput(this, 'CookieKeySecret', { value: cookieKey.secretArn });
  }

  /** The site names the function and the client names the site: the function reads the client's id when it starts. */
  #settings(name: string, client: UserPoolClient, site: string): void {
    const settings = new Secret(this, 'Settings', {
      secretName: name,
      description: 'Client and address of the sign-in page; no secrets in themselves',
      secretObjectValue: {
        clientId: SecretValue.unsafePlainText(client.userPoolClientId),
        site: SecretValue.unsafePlainText(site),
      },
    });
    acknowledge(settings, ['AwsSolutions-SMG4'], 'An identifier, not a secret.');
  }

  #allowSecrets(signIn: PipelineFunction, cookieKey: Secret, settingsName: string): void {
    const settings = signIn.stack.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${settingsName}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    signIn.addToRolePolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [cookieKey.secretArn, settings] }),
    );
  }

  #userPool(environment: Environment): UserPool {
    const pool = new UserPool(this, 'Readers', {
      // People are invited; nobody signs themselves up.
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: environment.onDestroy === 'keep',
      removalPolicy: environment.onDestroy === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const plan =
      'Invited colleagues with a second factor; adaptive sign-in of the plus plan costs per reader and month.';
    acknowledge(pool, ['AwsSolutions-COG3', 'AwsSolutions-COG8'], plan);
    return pool;
  }

  #client(pool: UserPool, site: string): UserPoolClient {
    return pool.addClient('Report', {
      generateSecret: false,
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID],
        callbackUrls: [`${site}/auth/callback`],
        logoutUrls: [`${site}/auth/start`],
      },
      preventUserExistenceErrors: true,
    });
  }

  #privateKey(environment: Environment): Secret {
    const secret = new Secret(this, 'CookieKey', {
      description: 'Private half (PEM) of the key that signs readers’ cookies; filled in by an operator',
      removalPolicy: environment.onDestroy === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    acknowledge(
      secret,
      ['AwsSolutions-SMG4'],
      'Its public half is in the template: both are changed by a deploy, see the runbook.',
    );
    return secret;
  }
}
